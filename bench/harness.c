/* harness.c - see harness.h. */
#include "harness.h"

#include "base/hash.h"
#include "base/rng.h"

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct bench_driver *const all_drivers[] = {
    &bench_driver_varve, &bench_driver_map,   &bench_driver_sqlite,
    &bench_driver_lmdb,  &bench_driver_floor,
};

struct thread_work {
    const struct bench_driver *driver;
    struct bench_session *session;
    const struct bench_options *options;
    unsigned thread;
    uint64_t count;
    bench_worker worker;
    struct bench_histogram *histogram;
    pthread_barrier_t *start;
    uint64_t checksum;
    uint64_t cpu_ns;
};

static void drivers_parse(struct bench_options *options, const char *names);
static void threads_parse(struct bench_options *options, const char *counts);
static uint64_t number_parse(const char *text);
static uint64_t clock_ns(clockid_t clock);
static void *thread_main(void *argument);
static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *walk);
static double median_of(const double *values, unsigned count, double *spread_out);
static void line_print_driver(const struct bench_options *options, const struct bench_line *line,
                              size_t driver, double first);

void bench_die(const char *driver, const char *what, const char *text)
{
    fprintf(stderr, "bench: %s: %s: %s\n", driver, what, text);
    exit(1);
}

void *bench_zero(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL) {
        bench_die("bench", "calloc", "out of memory");
    }
    return memory;
}

uint64_t bench_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void bench_options_parse(struct bench_options *options, int argc, char **argv, const char *usage)
{
    static const struct option longs[] = {{"rows", required_argument, NULL, 'r'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"repeats", required_argument, NULL, 'n'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"operations", required_argument, NULL, 'o'},
                                          {"folder", required_argument, NULL, 'f'},
                                          {"drivers", required_argument, NULL, 'd'},
                                          {"only", required_argument, NULL, 'w'},
                                          {"latency", no_argument, NULL, 'l'},
                                          {"cpu", no_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int letter = 0;

    *options = (struct bench_options){.rows = 1000000,
                                      .threads = 1,
                                      .thread_counts = {1},
                                      .thread_count_count = 1,
                                      .repeats = 5,
                                      .operations = 1000000,
                                      .seed = 1,
                                      .folder = "/tmp/varve-bench"};
    drivers_parse(options, "varve,sqlite,lmdb,floor");
    while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (letter) {
        case 'r':
            options->rows = number_parse(optarg);
            break;
        case 't':
            threads_parse(options, optarg);
            break;
        case 'n':
            options->repeats = (unsigned)number_parse(optarg);
            break;
        case 's':
            options->seed = number_parse(optarg);
            break;
        case 'o':
            options->operations = number_parse(optarg);
            break;
        case 'f':
            options->folder = optarg;
            break;
        case 'd':
            drivers_parse(options, optarg);
            break;
        case 'w':
            options->only = optarg;
            break;
        case 'l':
            options->latency = true;
            break;
        case 'c':
            options->cpu = true;
            break;
        default:
            fputs(usage, letter == 'h' ? stdout : stderr);
            exit(letter == 'h' ? 0 : 2);
        }
    }
    if (options->repeats == 0 || options->repeats > BENCH_REPEATS_MAX) {
        bench_die("bench", "arguments", "repeats must be 1 to 15");
    }
    if (options->rows < 1000) {
        bench_die("bench", "arguments", "rows must be at least 1000");
    }
    mkdir(options->folder, 0700);
}

const char *bench_folder(const struct bench_options *options, const char *driver)
{
    static char path[600];

    snprintf(path, sizeof path, "%s/%s", options->folder, driver);
    return path;
}

const char *bench_folder_fresh(const struct bench_options *options, const char *driver)
{
    const char *path = bench_folder(options, driver);

    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (mkdir(path, 0700) != 0) {
        bench_die(driver, path, strerror(errno));
    }
    return path;
}

void bench_histogram_add(struct bench_histogram *histogram, uint64_t ns)
{
    unsigned exponent = ns < 32 ? 0 : 63u - (unsigned)__builtin_clzll(ns) - 4;
    uint64_t bucket = (uint64_t)exponent * 16 + (ns >> exponent);

    if (bucket >= sizeof histogram->counts / sizeof histogram->counts[0]) {
        bucket = sizeof histogram->counts / sizeof histogram->counts[0] - 1;
    }
    histogram->counts[bucket]++;
    histogram->total++;
}

void bench_histogram_merge(struct bench_histogram *into, const struct bench_histogram *from)
{
    for (size_t i = 0; i < sizeof into->counts / sizeof into->counts[0]; i++) {
        into->counts[i] += from->counts[i];
    }
    into->total += from->total;
}

uint64_t bench_histogram_percentile(const struct bench_histogram *histogram, double percent)
{
    uint64_t wanted = (uint64_t)((double)histogram->total * percent / 100.0);
    uint64_t seen = 0;

    for (size_t i = 0; i < sizeof histogram->counts / sizeof histogram->counts[0]; i++) {
        seen += histogram->counts[i];
        if (seen > wanted) {
            return i < 32 ? i : (uint64_t)(i % 16 + 16) << (i / 16 - 1);
        }
    }
    return 0;
}

void bench_run(const struct bench_driver *driver, struct bench_db *db,
               const struct bench_options *options, uint64_t operations, bench_worker worker,
               bool latency, struct bench_result *result_out)
{
    struct thread_work *works = bench_zero(options->threads * sizeof *works);
    pthread_t *threads = bench_zero(options->threads * sizeof *threads);
    pthread_barrier_t start;
    uint64_t begin_ns = 0;

    memset(result_out, 0, sizeof *result_out);
    pthread_barrier_init(&start, NULL, options->threads + 1);
    for (unsigned i = 0; i < options->threads; i++) {
        works[i] = (struct thread_work){
            .driver = driver,
            .session = driver->connect(db),
            .options = options,
            .thread = i,
            .count = operations / options->threads,
            .worker = worker,
            .histogram = latency ? bench_zero(sizeof(struct bench_histogram)) : NULL,
            .start = &start};
        pthread_create(&threads[i], NULL, thread_main, &works[i]);
    }
    begin_ns = bench_now_ns();
    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < options->threads; i++) {
        pthread_join(threads[i], NULL);
    }
    result_out->seconds = (double)(bench_now_ns() - begin_ns) * 1e-9;
    if (options->cpu) {
        result_out->seconds = 0;
    }
    for (unsigned i = 0; i < options->threads; i++) {
        result_out->checksum += works[i].checksum;
        if (options->cpu && (double)works[i].cpu_ns * 1e-9 > result_out->seconds) {
            result_out->seconds = (double)works[i].cpu_ns * 1e-9;
        }
        if (latency) {
            bench_histogram_merge(&result_out->histogram, works[i].histogram);
            free(works[i].histogram);
        }
        driver->disconnect(works[i].session);
    }
    pthread_barrier_destroy(&start);
    free(works);
    free(threads);
}

struct bench_line *bench_line_make(const char *workload, const char *unit, bool less_is_better)
{
    struct bench_line *line = bench_zero(sizeof *line);

    snprintf(line->workload, sizeof line->workload, "%s", workload);
    line->unit = unit;
    line->less_is_better = less_is_better;
    return line;
}

void bench_line_add(struct bench_line *line, size_t driver, double value, uint64_t checksum)
{
    line->values[driver][line->counts[driver]++] = value;
    line->checksums[driver] = checksum;
}

void bench_report_head(const struct bench_options *options, const char *title)
{
    printf("\n%s: %llu rows, %llu operations, %u repeats, seed %llu%s\n\n", title,
           (unsigned long long)options->rows, (unsigned long long)options->operations,
           options->repeats, (unsigned long long)options->seed,
           options->cpu ? "; CPU time of the busiest session's thread" : "");
    for (size_t i = 0; i < options->driver_count; i++) {
        printf("- %s (%s): %s\n", options->drivers[i]->name, options->drivers[i]->version(),
               options->drivers[i]->settings);
    }
    printf("\n| workload | driver | median | unit | spread | %s is x times | p50 ns | p99 ns | "
           "p99.9 ns |\n"
           "|---|---|---|---|---|---|---|---|---|\n",
           options->drivers[0]->name);
}

void bench_line_print(const struct bench_options *options, const struct bench_line *line)
{
    double spread = 0;
    double first = line->counts[0] == 0 ? 0 : median_of(line->values[0], line->counts[0], &spread);

    for (size_t driver = 0; driver < options->driver_count; driver++) {
        line_print_driver(options, line, driver, first);
        if (line->counts[driver] > 0 && line->counts[0] > 0 &&
            line->checksums[driver] != line->checksums[0]) {
            char text[100];

            snprintf(text, sizeof text, "results differ: checksum %llu, the first driver's is %llu",
                     (unsigned long long)line->checksums[driver],
                     (unsigned long long)line->checksums[0]);
            bench_die(options->drivers[driver]->name, line->workload, text);
        }
    }
    fflush(stdout);
}

void bench_scale_print(const struct bench_options *options, const char *workload,
                       const struct bench_line *few, const struct bench_line *many)
{
    for (size_t driver = 0; driver < options->driver_count; driver++) {
        double spread = 0;
        double ratio = 0;

        if (few->counts[driver] == 0 || many->counts[driver] == 0) {
            continue;
        }
        ratio = median_of(many->values[driver], many->counts[driver], &spread) /
                median_of(few->values[driver], few->counts[driver], &spread);
        printf("| %s | %s | %.2f | times | | | | | |\n", workload, options->drivers[driver]->name,
               few->less_is_better ? 1 / ratio : ratio);
    }
    fflush(stdout);
}

void bench_lines_make(const struct bench_options *options, const char *workload, const char *unit,
                      bool less_is_better, struct bench_lines *lines_out)
{
    for (unsigned i = 0; i < options->thread_count_count; i++) {
        char name[64];

        if (options->thread_counts[i] == 1) {
            snprintf(name, sizeof name, "%s", workload);
        } else {
            snprintf(name, sizeof name, "%s, %u threads", workload, options->thread_counts[i]);
        }
        lines_out->lines[i] = bench_line_make(name, unit, less_is_better);
    }
}

void bench_lines_end(const struct bench_options *options, const char *workload,
                     struct bench_lines *lines)
{
    for (unsigned i = 0; i < options->thread_count_count; i++) {
        bench_line_print(options, lines->lines[i]);
    }
    for (unsigned i = 1; i < options->thread_count_count; i++) {
        char name[64];

        snprintf(name, sizeof name, "%s, %u threads over %u", workload, options->thread_counts[i],
                 options->thread_counts[0]);
        bench_scale_print(options, name, lines->lines[0], lines->lines[i]);
    }
    for (unsigned i = 0; i < options->thread_count_count; i++) {
        free(lines->lines[i]);
    }
}

unsigned bench_threads_max(const struct bench_options *options)
{
    unsigned most = 0;

    for (unsigned i = 0; i < options->thread_count_count; i++) {
        most = options->thread_counts[i] > most ? options->thread_counts[i] : most;
    }
    return most;
}

/* A four-round Feistel network over the smallest even number of bits, walking on until in range. */
uint64_t bench_shuffle(uint64_t index, uint64_t count, uint64_t seed)
{
    unsigned half = 1;

    while ((1ull << (2 * half)) < count) {
        half++;
    }
    do {
        uint64_t mask = (1ull << half) - 1;
        uint64_t left = index >> half;
        uint64_t right = index & mask;

        for (uint64_t round = 0; round < 4; round++) {
            uint64_t next = left ^ (hash_word(right + (seed << 8) + round) & mask);

            left = right;
            right = next;
        }
        index = left << half | right;
    } while (index >= count);
    return index;
}

static void drivers_parse(struct bench_options *options, const char *names)
{
    char copy[200];
    char *rest = copy;
    char *name = NULL;

    snprintf(copy, sizeof copy, "%s", names);
    options->driver_count = 0;
    while ((name = strsep(&rest, ",")) != NULL) {
        const struct bench_driver *found = NULL;

        for (size_t i = 0; i < sizeof all_drivers / sizeof all_drivers[0]; i++) {
            if (strcmp(all_drivers[i]->name, name) == 0) {
                found = all_drivers[i];
            }
        }
        if (found == NULL || options->driver_count == BENCH_DRIVERS_MAX) {
            bench_die("bench", name, "no such driver");
        }
        options->drivers[options->driver_count++] = found;
    }
}

/* "1", "1,2": --threads. */
static void threads_parse(struct bench_options *options, const char *counts)
{
    char copy[100];
    char *rest = copy;
    char *count = NULL;

    snprintf(copy, sizeof copy, "%s", counts);
    options->thread_count_count = 0;
    options->threads = 0;
    while ((count = strsep(&rest, ",")) != NULL) {
        unsigned threads = (unsigned)number_parse(count);

        if (threads == 0 || threads > BENCH_THREADS_MAX ||
            options->thread_count_count == BENCH_COUNTS_MAX) {
            bench_die("bench", counts, "--threads takes up to four numbers from 1 to 64");
        }
        options->thread_counts[options->thread_count_count++] = threads;
        options->threads = threads > options->threads ? threads : options->threads;
    }
}

/* "1000000", "64k", "1m". */
static uint64_t number_parse(const char *text)
{
    char *end = NULL;
    uint64_t number = strtoull(text, &end, 10);

    if (end == text) {
        bench_die("bench", text, "not a number");
    }
    if (*end == 'k' || *end == 'K') {
        number *= 1000;
        end++;
    } else if (*end == 'm' || *end == 'M') {
        number *= 1000000;
        end++;
    }
    if (*end != '\0') {
        bench_die("bench", text, "not a number");
    }
    return number;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *thread_main(void *argument)
{
    struct thread_work *work = argument;
    uint64_t begin_ns = 0;

    pthread_barrier_wait(work->start);
    begin_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    work->checksum = work->worker(work->driver, work->session, work->options, work->thread,
                                  work->count, work->histogram);
    work->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
    return NULL;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

static double median_of(const double *values, unsigned count, double *spread_out)
{
    double sorted[BENCH_REPEATS_MAX];

    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;

        for (; at > 0 && sorted[at - 1] > values[i]; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = values[i];
    }
    *spread_out = sorted[count / 2] == 0 ? 0 : (sorted[count - 1] - sorted[0]) / sorted[count / 2];
    return sorted[count / 2];
}

static void line_print_driver(const struct bench_options *options, const struct bench_line *line,
                              size_t driver, double first)
{
    const struct bench_histogram *histogram = &line->histograms[driver];
    double spread = 0;
    double median = 0;

    if (line->counts[driver] == 0) {
        printf("| %s | %s | - | %s | | | | | |\n", line->workload, options->drivers[driver]->name,
               line->unit);
        return;
    }
    median = median_of(line->values[driver], line->counts[driver], &spread);
    printf("| %s | %s | %.4g | %s | %.0f %% | %.3g |", line->workload,
           options->drivers[driver]->name, median, line->unit, spread * 100,
           line->less_is_better ? median / first : first / median);
    if (histogram->total > 0) {
        printf(" %llu | %llu | %llu |\n",
               (unsigned long long)bench_histogram_percentile(histogram, 50),
               (unsigned long long)bench_histogram_percentile(histogram, 99),
               (unsigned long long)bench_histogram_percentile(histogram, 99.9));
    } else {
        printf(" | | |\n");
    }
}
