/*
 * commits.c - durable commits: 1, 2, 8 and 32 sessions each insert rows one by one, every commit synced
 * to disk before it returns; group commit shows in how the rate grows with the sessions. Then the time
 * to open the closed database again, until its first row is read.
 */
#include "harness.h"
#include "restart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench_commits [OPTION...]\n"
    "  --operations N  commits of one measurement with one session (5000); two sessions make "
    "twice,\n"
    "                  8 and more four times as many\n"
    "  --repeats N     interleaved repeats (5)\n"
    "  --threads LIST  sessions (1,2,8,32); the gain is over the first number\n"
    "  --drivers LIST  of varve,map,sqlite,lmdb; ratios are to the first\n"
    "  --folder PATH   on the disk to be measured\n"
    "  --cpu           CPU time of the busiest thread, for a machine that others use too\n"
    "  --latency       measure percentiles too\n";

static uint64_t work(const struct bench_driver *driver, struct bench_session *session,
                     const struct bench_options *options, unsigned thread, uint64_t count,
                     struct bench_histogram *histogram)
{
    (void)options;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();

        driver->insert(session, (int64_t)(thread * count + i), (int64_t)i);
        if (histogram != NULL) {
            bench_histogram_add(histogram, bench_now_ns() - begin_ns);
        }
    }
    return count;
}

/* One driver's turn on a new database: the commits, then what is there after opening it again. */
static void measure_once(const struct bench_options *options, struct bench_line *commits,
                         struct bench_line *restarts, size_t driver)
{
    const struct bench_driver *face = options->drivers[driver];
    uint64_t operations = options->operations * (options->threads >= 8 ? 4 : options->threads);
    struct bench_config config = {.shape = BENCH_NUMBERS,
                                  .folder = bench_folder_fresh(options, face->name),
                                  .on_disk = true,
                                  .row_count = operations,
                                  .thread_count = options->threads};
    struct bench_db *db = face->open(&config);
    struct bench_result result;
    struct bench_restart restart;

    bench_run(face, db, options, operations, work, options->latency, &result);
    face->close(db);
    bench_line_add(commits, driver, (double)operations / result.seconds * 1e-3, result.checksum);
    bench_histogram_merge(&commits->histograms[driver], &result.histogram);
    bench_restart_measure(face, &config, 0, BENCH_CLOSED, &restart);
    bench_line_add(restarts, driver, restart.seconds * 1e3, restart.checksum);
}

static void measure(struct bench_options *options)
{
    struct bench_lines commits;
    struct bench_lines restarts;

    bench_lines_make(options, "durable commits", "thousand/s", false, &commits);
    bench_lines_make(options, "open again", "ms", true, &restarts);
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (unsigned count = 0; count < options->thread_count_count; count++) {
            options->threads = options->thread_counts[count];
            for (size_t driver = 0; driver < options->driver_count; driver++) {
                measure_once(options, commits.lines[count], restarts.lines[count], driver);
            }
        }
    }
    bench_lines_end(options, "durable commits", &commits);
    for (unsigned count = 0; count < options->thread_count_count; count++) {
        bench_line_print(options, restarts.lines[count]);
        free(restarts.lines[count]);
    }
}

int main(int argc, char **argv)
{
    static char texts[][24] = {"bench_commits",     "--operations", "5000",    "--drivers",
                               "varve,sqlite,lmdb", "--threads",    "1,2,8,32"};
    static char *with_defaults[64];
    struct bench_options options;
    int count = 0;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        with_defaults[count++] = texts[i];
    }
    for (int i = 1; i < argc && count < 63; i++) {
        with_defaults[count++] = argv[i];
    }
    bench_options_parse(&options, count, with_defaults, usage);
    for (size_t i = 0; i < options.driver_count; i++) {
        if (!options.drivers[i]->durable) {
            bench_die(options.drivers[i]->name, "commits", "keeps nothing on disk");
        }
    }
    bench_report_head(&options, "durable commits");
    measure(&options);
    return 0;
}
