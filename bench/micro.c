/*
 * micro.c - single operations on (k BIGINT PRIMARY KEY, v BIGINT): get, scan of 100, update, insert,
 * sum, group by, transactions of ten writes, load, bytes a row, restart.
 *
 * Keys are 0 .. rows-1; loads go in ascending or in shuffled order; uniform choice of keys from one
 * seed. Workloads run driver by driver, interleaved over the repeats, on databases that stay loaded.
 */
#include "harness.h"
#include "restart.h"

#include "base/hash.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench_micro [OPTION...]\n"
    "  --rows N        rows to load (1000000; suffixes k, m)\n"
    "  --threads LIST  sessions at once (1); 1,2 measures both and shows the gain\n"
    "  --operations N  operations of one measurement (1000000)\n"
    "  --repeats N     interleaved repeats (5)\n"
    "  --drivers LIST  of varve,map,sqlite,lmdb,floor; ratios are to the first\n"
    "  --only NAME     one workload: get, scan, update, transaction, sum, group, insert, load,\n"
    "                  restart (files on disk)\n"
    "  --cpu           CPU time of the busiest thread, for a machine that others use too\n"
    "  --latency       measure percentiles too\n"
    "  --seed N        of the key order\n"
    "  --folder PATH   where databases put their files (/tmp/varve-bench)\n";

#define SCAN_ROWS          100
#define TRANSACTION_WRITES 10

struct micro {
    struct bench_options options;
    struct bench_db *dbs[BENCH_DRIVERS_MAX];
};

static int64_t value_of(uint64_t key)
{
    return (int64_t)(hash_word(key + 1) >> 32);
}

/* One loop for all workloads: the operation is chosen by a constant, so that it is inlined. */
#define WORKER(name, operation)                                                                   \
    static uint64_t work_##name(const struct bench_driver *driver, struct bench_session *session, \
                                const struct bench_options *options, unsigned thread,             \
                                uint64_t count, struct bench_histogram *histogram)                \
    {                                                                                             \
        struct rng rng;                                                                           \
        uint64_t sum = 0;                                                                         \
                                                                                                  \
        rng_init(&rng, options->seed * 1000003 + thread);                                         \
        for (uint64_t i = 0; i < count; i++) {                                                    \
            int64_t key = (int64_t)rng_below(&rng, options->rows);                                \
            uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();                           \
                                                                                                  \
            operation;                                                                            \
            if (histogram != NULL) {                                                              \
                bench_histogram_add(histogram, bench_now_ns() - begin_ns);                        \
            }                                                                                     \
        }                                                                                         \
        return sum;                                                                               \
    }

WORKER(get, sum += (uint64_t)driver->get(session, key))
WORKER(scan, sum += (uint64_t)driver->scan(session, key, SCAN_ROWS))
WORKER(sum, (void)key; sum += (uint64_t)driver->sum(session))
WORKER(group, (void)key; sum += (uint64_t)driver->group(session))
/* Threads update keys of their own remainder, so that none waits for a row and results are fixed. */
WORKER(update, key = key - key % (int64_t)options->threads + (int64_t)thread;
       driver->update(session, key < (int64_t)options->rows ? key : (int64_t)thread, (int64_t)i);
       sum += (uint64_t)key)

static uint64_t work_transaction(const struct bench_driver *driver, struct bench_session *session,
                                 const struct bench_options *options, unsigned thread,
                                 uint64_t count, struct bench_histogram *histogram)
{
    struct rng rng;
    uint64_t sum = 0;

    rng_init(&rng, options->seed * 1000003 + thread);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();

        driver->begin(session);
        for (int write = 0; write < TRANSACTION_WRITES; write++) {
            uint64_t key =
                rng_below(&rng, options->rows / options->threads) * options->threads + thread;

            driver->update(session, (int64_t)key, (int64_t)i);
            sum += key;
        }
        driver->commit(session);
        if (histogram != NULL) {
            bench_histogram_add(histogram, bench_now_ns() - begin_ns);
        }
    }
    return sum;
}

/* Inserts go behind the loaded rows, each thread its own stretch, and are checked by nobody else. */
static uint64_t work_insert(const struct bench_driver *driver, struct bench_session *session,
                            const struct bench_options *options, unsigned thread, uint64_t count,
                            struct bench_histogram *histogram)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();

        driver->insert(session, (int64_t)(thread * count + i), value_of(i));
        if (histogram != NULL) {
            bench_histogram_add(histogram, bench_now_ns() - begin_ns);
        }
    }
    return count;
}

static void load(const struct bench_driver *driver, struct bench_db *db,
                 const struct bench_options *options, bool shuffled)
{
    struct bench_session *session = driver->connect(db);

    for (uint64_t i = 0; i < options->rows; i++) {
        uint64_t key = shuffled ? bench_shuffle(i, options->rows, options->seed) : i;

        if (i % 1000 == 0) {
            driver->begin(session);
        }
        driver->insert(session, (int64_t)key, value_of(key));
        if (i % 1000 == 999 || i + 1 == options->rows) {
            driver->commit(session);
        }
    }
    driver->disconnect(session);
}

static struct bench_db *open_empty(const struct bench_driver *driver,
                                   const struct bench_options *options)
{
    struct bench_config config = {.shape = BENCH_NUMBERS,
                                  .folder = bench_folder_fresh(options, driver->name),
                                  .row_count = options->rows + options->operations,
                                  .thread_count = bench_threads_max(options)};

    return driver->open(&config);
}

static bool wanted(const struct bench_options *options, const char *workload)
{
    return options->only == NULL || strncmp(workload, options->only, strlen(options->only)) == 0;
}

/* One driver's turn; `operations` are of all threads together. */
static void measure_once(struct micro *micro, struct bench_line *line, size_t driver,
                         bench_worker worker, uint64_t operations, bool first)
{
    const struct bench_driver *face = micro->options.drivers[driver];
    struct bench_result result;

    bench_run(face, micro->dbs[driver], &micro->options, operations, worker, false, &result);
    bench_line_add(line, driver,
                   line->less_is_better ? result.seconds * 1e3 / (double)operations
                                        : (double)operations / result.seconds * 1e-6,
                   result.checksum);
    if (micro->options.latency && first && !line->less_is_better) {
        bench_run(face, micro->dbs[driver], &micro->options, operations / 4, worker, true, &result);
        line->histograms[driver] = result.histogram;
    }
}

static void measure(struct micro *micro, const char *workload, bench_worker worker,
                    uint64_t operations, bool milliseconds)
{
    struct bench_options *options = &micro->options;
    struct bench_lines lines;

    if (!wanted(options, workload)) {
        return;
    }
    bench_lines_make(options, workload, milliseconds ? "ms" : "Mop/s", milliseconds, &lines);
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (unsigned count = 0; count < options->thread_count_count; count++) {
            options->threads = options->thread_counts[count];
            for (size_t driver = 0; driver < options->driver_count; driver++) {
                measure_once(micro, lines.lines[count], driver, worker,
                             milliseconds ? operations * options->threads : operations,
                             repeat == 0);
            }
        }
    }
    bench_lines_end(options, workload, &lines);
}

/* Fresh databases for each repeat: autocommit inserts in ascending order. */
static void measure_insert(struct micro *micro)
{
    static const char workload[] = "insert, ascending, autocommit";
    struct bench_options *options = &micro->options;
    struct bench_lines lines;

    if (!wanted(options, workload)) {
        return;
    }
    bench_lines_make(options, workload, "Mop/s", false, &lines);
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (unsigned count = 0; count < options->thread_count_count; count++) {
            options->threads = options->thread_counts[count];
            for (size_t driver = 0; driver < options->driver_count; driver++) {
                micro->dbs[driver] = open_empty(options->drivers[driver], options);
                measure_once(micro, lines.lines[count], driver, work_insert, options->operations,
                             false);
                options->drivers[driver]->close(micro->dbs[driver]);
            }
        }
    }
    bench_lines_end(options, workload, &lines);
}

static void load_shuffled(const struct bench_driver *driver, struct bench_db *db,
                          const struct bench_options *options)
{
    load(driver, db, options, true);
}

/* Databases on disk, ended one way and opened again: the time until the first row is read. */
static void measure_restart(struct micro *micro, enum bench_ending ending)
{
    const struct bench_options *options = &micro->options;
    bool closed = ending == BENCH_CLOSED;
    struct bench_line *files =
        bench_line_make(closed ? "restart, closed: files" : "restart, killed: files", "MB", true);
    struct bench_line *line =
        bench_line_make(closed ? "restart, closed" : "restart, killed", "ms", true);
    struct bench_config config = {
        .shape = BENCH_NUMBERS, .on_disk = true, .row_count = options->rows, .thread_count = 1};

    for (size_t i = 0; i < options->driver_count; i++) {
        if (options->drivers[i]->durable) {
            config.folder = bench_folder_fresh(options, options->drivers[i]->name);
            bench_restart_load(options->drivers[i], &config, options, load_shuffled, ending);
            bench_line_add(files, i, (double)bench_folder_bytes(config.folder) * 1e-6, 0);
        }
    }
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (size_t i = 0; i < options->driver_count; i++) {
            struct bench_restart restart;

            if (options->drivers[i]->durable) {
                config.folder = bench_folder(options, options->drivers[i]->name);
                bench_restart_measure(options->drivers[i], &config, (int64_t)options->rows / 2,
                                      ending, &restart);
                bench_line_add(line, i, restart.seconds * 1e3, restart.checksum);
            }
        }
    }
    bench_line_print(options, files);
    bench_line_print(options, line);
    free(files);
    free(line);
}

/* Load times and bytes a row: unsettled, settled, and after one update of every row. */
static void measure_load(struct micro *micro, bool shuffled)
{
    const char *names[] = {"load, ascending",
                           "bytes a row, ascending, unsettled",
                           "bytes a row, ascending, settled",
                           "bytes a row, every row updated",
                           "load, random",
                           "bytes a row, random, unsettled",
                           "bytes a row, random, settled",
                           "bytes a row, random, every row updated"};
    struct bench_line *lines[4];
    const struct bench_options *options = &micro->options;

    for (int i = 0; i < 4; i++) {
        lines[i] =
            bench_line_make(names[i + (shuffled ? 4 : 0)], i == 0 ? "Mrow/s" : "bytes", i > 0);
    }
    for (size_t i = 0; i < options->driver_count; i++) {
        const struct bench_driver *driver = options->drivers[i];
        struct bench_db *db = open_empty(driver, options);
        uint64_t empty = driver->memory(db);
        uint64_t begin_ns = bench_now_ns();
        struct bench_session *session = NULL;

        load(driver, db, options, shuffled);
        bench_line_add(lines[0], i,
                       (double)options->rows * 1e3 / (double)(bench_now_ns() - begin_ns), 0);
        bench_line_add(lines[1], i, (double)(driver->memory(db) - empty) / (double)options->rows,
                       0);
        if (driver->settle != NULL) {
            driver->settle(db);
        }
        bench_line_add(lines[2], i, (double)(driver->memory(db) - empty) / (double)options->rows,
                       0);
        session = driver->connect(db);
        for (uint64_t key = 0; key < options->rows; key++) {
            driver->update(session, (int64_t)bench_shuffle(key, options->rows, 7), 1);
        }
        bench_line_add(lines[3], i, (double)(driver->memory(db) - empty) / (double)options->rows,
                       0);
        driver->disconnect(session);
        driver->close(db);
    }
    for (int i = 0; i < 4; i++) {
        bench_line_print(options, lines[i]);
        free(lines[i]);
    }
}

/* What works on loaded rows. */
static void measure_loaded(struct micro *micro)
{
    uint64_t operations = micro->options.operations;

    for (size_t i = 0; i < micro->options.driver_count; i++) {
        micro->dbs[i] = open_empty(micro->options.drivers[i], &micro->options);
        load(micro->options.drivers[i], micro->dbs[i], &micro->options, true);
        if (micro->options.drivers[i]->settle != NULL) {
            micro->options.drivers[i]->settle(micro->dbs[i]);
        }
    }
    measure(micro, "get", work_get, operations, false);
    measure(micro, "scan of 100", work_scan, operations / 20, false);
    measure(micro, "sum", work_sum, 4, true);
    measure(micro, "group by 100 groups", work_group, 2, true);
    measure(micro, "update, autocommit", work_update, operations, false);
    measure(micro, "transaction of 10 updates", work_transaction, operations / 10, false);
    measure(micro, "get after updates", work_get, operations, false);
    for (size_t i = 0; i < micro->options.driver_count; i++) {
        micro->options.drivers[i]->close(micro->dbs[i]);
    }
}

int main(int argc, char **argv)
{
    static struct micro micro;
    const struct bench_options *options = &micro.options;

    bench_options_parse(&micro.options, argc, argv, usage);
    bench_report_head(options, "micro");
    if (wanted(options, "restart")) {
        measure_restart(&micro, BENCH_CLOSED);
        measure_restart(&micro, BENCH_KILLED);
    }
    if (wanted(options, "load")) {
        measure_load(&micro, false);
        measure_load(&micro, true);
    }
    measure_insert(&micro);
    if (options->only == NULL ||
        (!wanted(options, "restart") && !wanted(options, "load") && !wanted(options, "insert"))) {
        measure_loaded(&micro);
    }
    return 0;
}
