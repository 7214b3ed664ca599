/* flusher.c - see flusher.h. */
#include "server/flusher.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct flusher {
    struct varve *db; /* borrow until flusher_stop() */
    uint32_t interval_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of `stopping` */
    bool stopping;          /* guard: lock */
};

static void *flusher_main(void *argument);
static struct timespec after_ms(uint32_t ms);

bool flusher_start(struct varve *db, uint32_t interval_ms, struct flusher **flusher_out)
{
    struct flusher *flusher = calloc(1, sizeof *flusher);

    *flusher_out = NULL;
    if (flusher == NULL) {
        return false;
    }
    flusher->db = db;
    flusher->interval_ms = interval_ms;
    if (pthread_mutex_init(&flusher->lock, NULL) != 0 ||
        pthread_cond_init(&flusher->changed, NULL) != 0 ||
        pthread_create(&flusher->thread, NULL, flusher_main, flusher) != 0) {
        free(flusher);
        return false;
    }
    *flusher_out = flusher;
    return true;
}

void flusher_stop(struct flusher *flusher)
{
    if (flusher == NULL) {
        return;
    }
    pthread_mutex_lock(&flusher->lock);
    flusher->stopping = true;
    pthread_cond_signal(&flusher->changed);
    pthread_mutex_unlock(&flusher->lock);
    pthread_join(flusher->thread, NULL);
    pthread_cond_destroy(&flusher->changed);
    pthread_mutex_destroy(&flusher->lock);
    free(flusher);
}

static void *flusher_main(void *argument)
{
    struct flusher *flusher = argument;

    pthread_mutex_lock(&flusher->lock);
    while (!flusher->stopping) {
        struct timespec until = after_ms(flusher->interval_ms);

        pthread_mutex_unlock(&flusher->lock);
        (void)varve_flush_step(flusher->db);
        pthread_mutex_lock(&flusher->lock);
        if (!flusher->stopping) {
            (void)pthread_cond_timedwait(&flusher->changed, &flusher->lock, &until);
        }
    }
    pthread_mutex_unlock(&flusher->lock);
    return NULL;
}

static struct timespec after_ms(uint32_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}
