/*
 * ycsb.c - the Yahoo Cloud Serving Benchmark's core workloads A to F (Cooper et al., SoCC 2010) over
 * rows of ten 100-byte fields with text keys; keys are chosen by a scrambled zipfian (theta 0.99).
 *
 *   A 50 % read, 50 % update    B 95/5    C read only    D 95 % read the latest, 5 % insert
 *   E 95 % scan of 1..100 rows, 5 % insert    F 50 % read, 50 % read-modify-write
 *
 * Deviations: key numbers are padded to 19 digits, so that text order is number order; a read returns
 * all ten fields and sums their bytes.
 */
#include "harness.h"

#include "base/hash.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench_ycsb [OPTION...]\n"
    "  --rows N        records to load (1000000; suffixes k, m)\n"
    "  --threads LIST  sessions at once (1); 1,2 measures both and shows the gain\n"
    "  --operations N  operations of one measurement (1000000)\n"
    "  --repeats N     interleaved repeats (5)\n"
    "  --drivers LIST  of varve,map,sqlite,lmdb,floor; ratios are to the first\n"
    "  --only LETTER   one workload of a, b, c, d, e, f\n"
    "  --cpu           CPU time of the busiest thread, for a machine that others use too\n"
    "  --latency       measure percentiles too\n"
    "  --seed N        of the choices\n"
    "  --folder PATH   where databases put their files (/tmp/varve-bench)\n";

#define ZIPF_THETA 0.99

static struct {
    double zeta;
    double zeta2;
    uint64_t items;
} zipf;

/* How many records each driver's database has now: D and E insert. */
static _Atomic uint64_t inserted;

/* The lowest record each thread may still be inserting, UINT64_MAX between inserts: a read of the
 * latest stays below all of them. */
static _Atomic uint64_t inserting[BENCH_THREADS_MAX];

static char workload;

static void zipf_init(uint64_t items)
{
    zipf.items = items;
    zipf.zeta = 0;
    for (uint64_t i = 1; i <= items; i++) {
        zipf.zeta += 1 / pow((double)i, ZIPF_THETA);
    }
    zipf.zeta2 = 1 + pow(0.5, ZIPF_THETA);
}

/* Gray et al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994). */
static uint64_t zipf_draw(struct rng *rng)
{
    double alpha = 1 / (1 - ZIPF_THETA);
    double eta = (1 - pow(2.0 / (double)zipf.items, 1 - ZIPF_THETA)) / (1 - zipf.zeta2 / zipf.zeta);
    double u = rng_unit(rng);
    double uz = u * zipf.zeta;

    if (uz < 1) {
        return 0;
    }
    if (uz < zipf.zeta2) {
        return 1;
    }
    return (uint64_t)((double)zipf.items * pow(eta * u - eta + 1, alpha)) % zipf.items;
}

static void key_make(uint64_t number, char *key)
{
    snprintf(key, RECORD_KEY_BYTES + 1, "user%019llu", (unsigned long long)number);
}

static void field_make(uint64_t seed, char *bytes)
{
    for (int i = 0; i < RECORD_FIELD_BYTES; i += 10) {
        uint64_t word = hash_word(seed + (uint64_t)i);

        for (int j = 0; j < 10; j++) {
            bytes[i + j] = (char)('a' + (word >> (6 * j)) % 26);
        }
    }
}

static void record_make(uint64_t number, struct bench_record *record)
{
    key_make(number, record->key);
    for (int field = 0; field < RECORD_FIELDS; field++) {
        field_make(number * 100 + (uint64_t)field, record->fields[field]);
    }
}

static void insert_next(const struct bench_driver *driver, struct bench_session *session,
                        unsigned thread)
{
    struct bench_record record;

    inserting[thread] = inserted;
    record_make(inserted++, &record);
    driver->record_insert(session, &record);
    inserting[thread] = UINT64_MAX;
}

/* Every record below this number is there. */
static uint64_t inserted_end(unsigned threads)
{
    uint64_t end = inserted;

    for (unsigned i = 0; i < threads; i++) {
        uint64_t lowest = inserting[i];

        end = lowest < end ? lowest : end;
    }
    return end;
}

static uint64_t choose(struct rng *rng, unsigned threads)
{
    if (workload == 'd') {
        uint64_t end = inserted_end(threads);

        return end - 1 - zipf_draw(rng) % end;
    }
    return hash_word(zipf_draw(rng)) % zipf.items;
}

static uint64_t operate(const struct bench_driver *driver, struct bench_session *session,
                        const struct bench_options *options, unsigned thread, struct rng *rng)
{
    uint64_t dice = rng_below(rng, 100);
    uint64_t reads = workload == 'a' || workload == 'f' ? 50 : workload == 'c' ? 100 : 95;
    char key[RECORD_KEY_BYTES + 1];
    char bytes[RECORD_FIELD_BYTES];
    uint64_t sum = 0;

    key_make(choose(rng, options->threads), key);
    if (dice < reads) {
        if (workload == 'e') {
            return driver->record_scan(session, key, (int)(1 + rng_below(rng, 100)));
        }
        return driver->record_read(session, key);
    }
    if (workload == 'd' || workload == 'e') {
        insert_next(driver, session, thread);
        return 0;
    }
    if (workload == 'f') {
        sum = driver->record_read(session, key);
    }
    field_make(rng_next(rng), bytes);
    driver->record_update(session, key, (int)(dice % RECORD_FIELDS), bytes);
    return sum;
}

static uint64_t work(const struct bench_driver *driver, struct bench_session *session,
                     const struct bench_options *options, unsigned thread, uint64_t count,
                     struct bench_histogram *histogram)
{
    struct rng rng;
    uint64_t sum = 0;

    rng_init(&rng, options->seed * 7919 + thread);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();

        sum += operate(driver, session, options, thread, &rng);
        if (histogram != NULL) {
            bench_histogram_add(histogram, bench_now_ns() - begin_ns);
        }
    }
    /* Where several threads wrote, in whatever order, every later read may differ. */
    return bench_threads_max(options) == 1 ? sum : 0;
}

static struct bench_db *open_loaded(const struct bench_driver *driver,
                                    const struct bench_options *options)
{
    struct bench_config config = {.shape = BENCH_RECORDS,
                                  .folder = bench_folder_fresh(options, driver->name),
                                  .row_count = options->rows + options->operations,
                                  .thread_count = bench_threads_max(options)};
    struct bench_db *db = driver->open(&config);
    struct bench_session *session = driver->connect(db);

    for (uint64_t i = 0; i < options->rows; i++) {
        struct bench_record record;

        record_make(bench_shuffle(i, options->rows, options->seed), &record);
        if (i % 1000 == 0) {
            driver->begin(session);
        }
        driver->record_insert(session, &record);
        if (i % 1000 == 999 || i + 1 == options->rows) {
            driver->commit(session);
        }
    }
    driver->disconnect(session);
    if (driver->settle != NULL) {
        driver->settle(db);
    }
    return db;
}

/* One driver's turn; E reads 50 rows an operation and does a tenth of them. */
static void measure_once(const struct bench_options *options, struct bench_line *line,
                         size_t driver, struct bench_db *db, uint64_t *count, bool last)
{
    const struct bench_driver *face = options->drivers[driver];
    uint64_t operations = workload == 'e' ? options->operations / 10 : options->operations;
    struct bench_result result;

    inserted = *count;
    bench_run(face, db, options, operations, work, false, &result);
    bench_line_add(line, driver, (double)operations / result.seconds * 1e-6, result.checksum);
    if (options->latency && last) {
        bench_run(face, db, options, operations / 4, work, true, &result);
        line->histograms[driver] = result.histogram;
    }
    *count = inserted;
}

static void measure(struct bench_options *options, struct bench_db **dbs, uint64_t *counts)
{
    char name[8] = {'Y', 'C', 'S', 'B', ' ', (char)(workload - 'a' + 'A'), 0};
    struct bench_lines lines;

    bench_lines_make(options, name, "Mop/s", false, &lines);
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (unsigned count = 0; count < options->thread_count_count; count++) {
            options->threads = options->thread_counts[count];
            for (size_t driver = 0; driver < options->driver_count; driver++) {
                measure_once(options, lines.lines[count], driver, dbs[driver], &counts[driver],
                             repeat + 1 == options->repeats);
            }
        }
    }
    bench_lines_end(options, name, &lines);
}

int main(int argc, char **argv)
{
    struct bench_options options;
    struct bench_db *dbs[BENCH_DRIVERS_MAX];
    uint64_t counts[BENCH_DRIVERS_MAX];

    bench_options_parse(&options, argc, argv, usage);
    zipf_init(options.rows);
    bench_report_head(&options, "YCSB");
    for (size_t i = 0; i < options.driver_count; i++) {
        dbs[i] = open_loaded(options.drivers[i], &options);
        counts[i] = options.rows;
    }
    for (unsigned thread = 0; thread < BENCH_THREADS_MAX; thread++) {
        inserting[thread] = UINT64_MAX;
    }
    for (workload = 'a'; workload <= 'f'; workload++) {
        if (options.only == NULL || (options.only[0] | 0x20) == workload) {
            measure(&options, dbs, counts);
        }
    }
    for (size_t i = 0; i < options.driver_count; i++) {
        options.drivers[i]->close(dbs[i]);
    }
    return 0;
}
