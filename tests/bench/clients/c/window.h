/* How many operations are under way, for clients that tell of the end of one on a thread of their own.
 *
 * The publisher sleeps when the window is full and is woken when half of it is free, so that threads do not take
 * turns at every message. */
#ifndef BENCH_WINDOW_H
#define BENCH_WINDOW_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct window {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int limit;
    int taken;
    int wake_at; /* a sleeper waits until no more than this are taken; -1: nobody sleeps */
};

static inline void window_open(struct window *window, int limit) {
    pthread_mutex_init(&window->mutex, NULL);
    pthread_cond_init(&window->condition, NULL);
    window->limit = limit;
    window->taken = 0;
    window->wake_at = -1;
}

/* With the mutex locked. */
static inline void window_sleep(struct window *window, int wake_at) {
    window->wake_at = wake_at;
    while (window->taken > wake_at) {
        pthread_cond_wait(&window->condition, &window->mutex);
    }
    window->wake_at = -1;
}

/* One more operation begins: waits for room. */
static inline void window_take(struct window *window) {
    pthread_mutex_lock(&window->mutex);
    if (window->taken >= window->limit) {
        window_sleep(window, window->limit / 2);
    }
    window->taken++;
    pthread_mutex_unlock(&window->mutex);
}

/* One operation has ended; to be called on any thread. */
static inline void window_give(struct window *window) {
    pthread_mutex_lock(&window->mutex);
    window->taken--;
    if (window->taken <= window->wake_at) {
        pthread_cond_signal(&window->condition);
    }
    pthread_mutex_unlock(&window->mutex);
}

/* Waits until no operation is under way. */
static inline void window_drain(struct window *window) {
    pthread_mutex_lock(&window->mutex);
    window_sleep(window, 0);
    pthread_mutex_unlock(&window->mutex);
}

/* The same, for a second at most; false if some are still under way. */
static inline bool window_drain_a_second(struct window *window) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&window->mutex);
    window->wake_at = 0;
    int code = 0;
    while (window->taken > 0 && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&window->condition, &window->mutex, &until);
    }
    bool drained = window->taken == 0;
    window->wake_at = -1;
    pthread_mutex_unlock(&window->mutex);
    return drained;
}

#endif
