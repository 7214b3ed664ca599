/*
 * commits.c - durable commits: 1, 2, 8 and 32 sessions each insert rows one by one, every commit synced
 * to disk before it returns; group commit shows in how the rate grows with the sessions. Then the time
 * to open the database again.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench_commits [OPTION...]\n"
    "  --operations N  commits of one measurement, times the sessions' square root (5000)\n"
    "  --repeats N     interleaved repeats (5)\n"
    "  --drivers LIST  of varve,sqlite,lmdb; ratios are to the first\n"
    "  --folder PATH   on the disk to be measured\n"
    "  --cpu           CPU time of the busiest thread, for a machine that others use too\n"
    "  --latency       measure percentiles too\n";

static uint64_t next_key;

static uint64_t work(const struct bench_driver *driver, struct bench_session *session,
                     const struct bench_options *options, unsigned thread, uint64_t count,
                     struct bench_histogram *histogram)
{
    (void)options;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin_ns = histogram == NULL ? 0 : bench_now_ns();

        driver->insert(session, (int64_t)(next_key + thread * count + i), (int64_t)i);
        if (histogram != NULL) {
            bench_histogram_add(histogram, bench_now_ns() - begin_ns);
        }
    }
    return count;
}

static void measure(struct bench_options *options, unsigned threads)
{
    char name[64];
    struct bench_line *line = NULL;
    struct bench_result result;
    uint64_t operations = options->operations * (threads >= 8 ? 4 : threads);

    options->threads = threads;
    snprintf(name, sizeof name, "durable commits, %u sessions", threads);
    line = bench_line_make(name, "thousand/s", false);
    for (unsigned repeat = 0; repeat < options->repeats; repeat++) {
        for (size_t i = 0; i < options->driver_count; i++) {
            const struct bench_driver *driver = options->drivers[i];
            struct bench_config config = {.shape = BENCH_NUMBERS,
                                          .folder = bench_folder_fresh(options, driver->name),
                                          .on_disk = true,
                                          .row_count = operations,
                                          .thread_count = threads};
            struct bench_db *db = driver->open(&config);

            next_key = 0;
            bench_run(driver, db, options, operations, work, options->latency, &result);
            bench_line_add(line, i, (double)operations / result.seconds * 1e-3, result.checksum);
            bench_histogram_merge(&line->histograms[i], &result.histogram);
            driver->close(db);
        }
    }
    bench_line_print(options, line);
    free(line);
}

int main(int argc, char **argv)
{
    static char texts[][24] = {"bench_commits", "--operations", "5000", "--drivers",
                               "varve,sqlite,lmdb"};
    static char *with_defaults[64] = {texts[0], texts[1], texts[2], texts[3], texts[4]};
    static const unsigned sessions[] = {1, 2, 8, 32};
    struct bench_options options;
    int count = 5;

    for (int i = 1; i < argc && count < 63; i++) {
        with_defaults[count++] = argv[i];
    }
    bench_options_parse(&options, count, with_defaults, usage);
    bench_report_head(&options, "durable commits");
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
        measure(&options, sessions[i]);
    }
    return 0;
}
