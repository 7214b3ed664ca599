/*
 * micro_sync.c - what the primitives cost: epochs, latches, locks, frames, slabs.
 *
 *   micro_sync            nanoseconds an operation, best of five runs, one thread; then two at once
 */
#include "base/frames.h"
#include "base/slab.h"
#include "os/os.h"
#include "os/os_chunk.h"
#include "sync/counter.h"
#include "sync/epoch.h"
#include "sync/latch.h"
#include "sync/lock.h"
#include "sync/rcu.h"

#include <stdio.h>

#define ROUNDS 5
#define COUNT  2000000u

struct bench {
    struct alloc alloc;
    struct frames *frames;
    struct slab *slab;
    struct epoch_domain *domain;
    struct latch latch;
    struct lock lock;
    struct counter counter;
};

/* What one thread has of its own. */
struct worker {
    struct bench *bench;
    struct frames_cache frames;
    struct slab_cache slab;
    struct epoch_slot *slot;
    unsigned number;
    void (*run)(struct worker *worker);
    uint64_t ns;
};

static void run_epoch(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        epoch_enter(worker->slot);
        epoch_leave(worker->slot);
    }
}

static void free_record(void *user, void *memory, size_t bytes)
{
    struct worker *worker = user;

    (void)bytes;
    slab_free(&worker->slab, memory);
}

static void run_retire(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        void *record = NULL;

        epoch_enter(worker->slot);
        record = slab_get(&worker->slab, FRAMES_ORDINARY);
        epoch_retire(worker->slot, record, 48, free_record);
        epoch_leave(worker->slot);
    }
}

static void run_latch_read(struct worker *worker)
{
    unsigned good = 0;

    for (unsigned i = 0; i < COUNT; i++) {
        uint64_t version = 0;

        good += latch_read_begin(&worker->bench->latch, &version) &&
                latch_read_end(&worker->bench->latch, version);
    }
    VV_ASSERT(good > 0);
}

static void run_latch_write(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        bool held = latch_write_lock(&worker->bench->latch);

        VV_ASSERT(held);
        latch_write_unlock(&worker->bench->latch);
    }
}

static void run_lock(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        lock_acquire(&worker->bench->lock);
        lock_release(&worker->bench->lock);
    }
}

static void run_rcu(struct worker *worker)
{
    (void)worker;
    for (unsigned i = 0; i < COUNT; i++) {
        rcu_read_begin();
        rcu_read_end();
    }
}

static void run_counter(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        counter_add(&worker->bench->counter, worker->number, 1);
    }
}

static void run_slab(struct worker *worker)
{
    void *ring[16] = {0};

    for (unsigned i = 0; i < COUNT; i++) {
        slab_free(&worker->slab, ring[i % 16]);
        ring[i % 16] = slab_get(&worker->slab, FRAMES_ORDINARY);
    }
    for (unsigned i = 0; i < 16; i++) {
        slab_free(&worker->slab, ring[i]);
    }
}

/* Past the cache: more objects alive than it holds. */
static void run_slab_waves(struct worker *worker)
{
    static _Thread_local void *ring[1000];

    for (unsigned wave = 0; wave < COUNT / 1000; wave++) {
        for (unsigned i = 0; i < 1000; i++) {
            ring[i] = slab_get(&worker->slab, FRAMES_ORDINARY);
        }
        for (unsigned i = 0; i < 1000; i++) {
            slab_free(&worker->slab, ring[i]);
        }
    }
}

static void run_frames(struct worker *worker)
{
    for (unsigned i = 0; i < COUNT; i++) {
        frames_free(&worker->frames, frames_get(&worker->frames, 2, FRAMES_ORDINARY), 2);
    }
}

static void run_frames_waves(struct worker *worker)
{
    static _Thread_local void *ring[500];

    for (unsigned wave = 0; wave < COUNT / 500; wave++) {
        for (unsigned i = 0; i < 500; i++) {
            ring[i] = frames_get(&worker->frames, 1 + i % 4, FRAMES_ORDINARY);
        }
        for (unsigned i = 0; i < 500; i++) {
            frames_free(&worker->frames, ring[i], 1 + i % 4);
        }
    }
}

static void worker_body(void *user)
{
    struct worker *worker = user;
    uint64_t start = os_monotonic_ns(os_real());

    worker->run(worker);
    worker->ns = os_monotonic_ns(os_real()) - start;
}

static void worker_open(struct worker *worker, struct bench *bench, unsigned number)
{
    worker->bench = bench;
    worker->number = number;
    frames_cache_init(&worker->frames, bench->frames);
    slab_cache_init(&worker->slab, bench->slab, &worker->frames);
    worker->slot = epoch_slot_create(bench->domain, worker);
}

/* Nanoseconds an operation, the best of ROUNDS, with `count` threads. */
static double measure(struct worker *workers, unsigned count, void (*run)(struct worker *worker))
{
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        struct os_task *tasks[2] = {0};
        double worst = 0;

        for (unsigned i = 0; i < count; i++) {
            vv_status status = VV_OK;

            workers[i].run = run;
            status = os_task_start(os_real(), "worker", worker_body, &workers[i], &tasks[i]);
            VV_ASSERT(status == VV_OK);
        }
        for (unsigned i = 0; i < count; i++) {
            os_task_join(os_real(), tasks[i]);
            worst = (double)workers[i].ns > worst ? (double)workers[i].ns : worst;
        }
        best = worst / COUNT < best ? worst / COUNT : best;
    }
    return best;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(struct worker *worker);
    } runs[] = {
        {"epoch enter + leave", run_epoch},
        {"the same + slab get + retire + free", run_retire},
        {"latch read begin + end", run_latch_read},
        {"latch write lock + unlock", run_latch_write},
        {"lock acquire + release", run_lock},
        {"rcu read begin + end", run_rcu},
        {"counter add", run_counter},
        {"slab get + free", run_slab},
        {"slab get + free, waves of 1,000", run_slab_waves},
        {"frames get + free", run_frames},
        {"frames get + free, waves of 500", run_frames_waves},
    };
    static struct bench bench;
    static struct worker workers[2];

    alloc_init(&bench.alloc, 0);
    bench.frames = frames_create(&bench.alloc, os_chunk_source(os_real()));
    bench.slab = slab_create(bench.frames, ALLOC_VERSIONS, 48);
    bench.domain = epoch_domain_create(&bench.alloc);
    lock_init(&bench.lock, LOCK_LEAF);
    worker_open(&workers[0], &bench, 0);
    worker_open(&workers[1], &bench, 1);
    printf("%-40s %12s %12s\n", "ns an operation", "1 thread", "2 threads");
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        printf("%-40s %12.1f", runs[i].name, measure(workers, 1, runs[i].run));
        printf(" %12.1f\n", measure(workers, 2, runs[i].run));
    }
    for (unsigned i = 0; i < 2; i++) {
        epoch_slot_destroy(workers[i].slot);
    }
    epoch_domain_destroy(bench.domain, &workers[0]);
    for (unsigned i = 0; i < 2; i++) {
        slab_cache_release(&workers[i].slab);
        frames_cache_release(&workers[i].frames);
    }
    slab_destroy(bench.slab);
    frames_destroy(bench.frames);
    alloc_release(&bench.alloc);
    return 0;
}
