/*
 * harness.h - what all benchmark programs share: arguments, threads, clocks, histograms, the report.
 *
 * A measurement is interleaved: every driver runs once, then every driver again, five times over; the
 * report shows the median, the spread (largest minus smallest over the median) and the ratio to the
 * first driver. Checksums of all drivers must agree.
 */
#ifndef VARVE_BENCH_HARNESS_H
#define VARVE_BENCH_HARNESS_H

#include "driver.h"

#define BENCH_DRIVERS_MAX 8
#define BENCH_REPEATS_MAX 15
#define BENCH_COUNTS_MAX  4
#define BENCH_THREADS_MAX 64

struct bench_options {
    uint64_t rows;
    unsigned threads; /* of the measurement that runs; at first the most of thread_counts */
    unsigned thread_counts[BENCH_COUNTS_MAX]; /* --threads 1,2: each workload with each count */
    unsigned thread_count_count;
    unsigned repeats;
    uint64_t operations; /* of one measurement */
    uint64_t seed;
    const char *folder; /* where databases may put files */
    const char *only;   /* NULL, or the one workload to run */
    bool latency;       /* measure latencies too */
    bool cpu; /* CPU time instead of elapsed time: for a machine that others use as well */
    size_t driver_count;
    const struct bench_driver *drivers[BENCH_DRIVERS_MAX];
};

/* Parses --rows --threads --repeats --operations --seed --folder --drivers --only --latency --cpu --help; ends the
 * program on errors. `usage` is the text of --help. */
void bench_options_parse(struct bench_options *options, int argc, char **argv, const char *usage);

uint64_t bench_now_ns(void);

/* The folder below options->folder for one database's files. borrow until the next call. */
const char *bench_folder(const struct bench_options *options, const char *driver);

/* The same, emptied or made. */
const char *bench_folder_fresh(const struct bench_options *options, const char *driver);

/* Latencies: exact below 32 ns, then in steps of 1/16, up to 2^44 ns. */
struct bench_histogram {
    uint64_t counts[42 * 16];
    uint64_t total;
};

void bench_histogram_add(struct bench_histogram *histogram, uint64_t ns);
void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from);
uint64_t bench_histogram_percentile(const struct bench_histogram *histogram, double percent);

/* One thread's share of a workload: runs `count` operations, returns its checksum. histogram: NULL, or
 * where the time of each operation goes. */
typedef uint64_t (*bench_worker)(const struct bench_driver *driver, struct bench_session *session,
                                 const struct bench_options *options, unsigned thread,
                                 uint64_t count, struct bench_histogram *histogram);

struct bench_result {
    double seconds;
    uint64_t checksum;
    struct bench_histogram histogram;
};

/* Runs worker on options->threads threads, a session each, all starting at once. */
void bench_run(const struct bench_driver *driver, struct bench_db *db,
               const struct bench_options *options, uint64_t operations, bench_worker worker,
               bool latency, struct bench_result *result_out);

/* One line of the report: a workload's measurements, driver by driver. */
struct bench_line {
    char workload[64];
    const char *unit; /* what values are: "Mop/s", "ms", "bytes/row" */
    bool less_is_better;
    double values[BENCH_DRIVERS_MAX][BENCH_REPEATS_MAX];
    unsigned counts[BENCH_DRIVERS_MAX];
    uint64_t checksums[BENCH_DRIVERS_MAX];
    struct bench_histogram histograms[BENCH_DRIVERS_MAX];
};

/* The name is copied. */
struct bench_line *bench_line_make(const char *workload, const char *unit, bool less_is_better);
void bench_line_add(struct bench_line *line, size_t driver, double value, uint64_t checksum);

/* Prints the line as rows of a markdown table; ends the program when checksums differ. */
void bench_line_print(const struct bench_options *options, const struct bench_line *line);
/* Prints, driver by driver, how many times as fast the line `many` is as the line `few`. */
void bench_scale_print(const struct bench_options *options, const char *workload,
                       const struct bench_line *few, const struct bench_line *many);

/* A line for each number of threads that was asked for. */
struct bench_lines {
    struct bench_line *lines[BENCH_COUNTS_MAX];
};

void bench_lines_make(const struct bench_options *options, const char *workload, const char *unit,
                      bool less_is_better, struct bench_lines *lines_out);

/* Prints the lines and each one's gain over the first, and frees them. */
void bench_lines_end(const struct bench_options *options, const char *workload,
                     struct bench_lines *lines);

/* The most threads that were asked for. */
unsigned bench_threads_max(const struct bench_options *options);

void bench_report_head(const struct bench_options *options, const char *title);

/* A permutation of [0, count) without a table: the key order of random workloads. */
uint64_t bench_shuffle(uint64_t index, uint64_t count, uint64_t seed);

#endif
