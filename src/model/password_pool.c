/* SPDX-License-Identifier: Apache-2.0 */
/* A gate in front of Argon2id; the hash itself runs on the caller's thread. */
#include "model/password_pool.h"

#include "base/mem.h"
#include "crypto/password.h"

#include <pthread.h>

enum { PLACES = 256 };

struct password_pool {
    pthread_mutex_t lock;
    pthread_cond_t free;
    unsigned running, running_max, waiting, waiting_max;
    unsigned here[PLACES]; /* running and waiting, by environment */
};

enum err password_pool_new(unsigned running, unsigned waiting, struct password_pool **ret)
{
    struct password_pool *p = mem_alloc(sizeof(*p));

    if (!p)
        return NO_MEMORY;
    p->running_max = running;
    p->waiting_max = waiting;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->free, NULL);
    *ret = p;
    return OK;
}

void password_pool_free(struct password_pool *p)
{
    if (!p)
        return;
    pthread_cond_destroy(&p->free);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

static enum err enter(struct password_pool *p, struct uuid environment)
{
    unsigned *here = &p->here[environment.b[15]];
    bool full;

    pthread_mutex_lock(&p->lock);
    full = p->waiting == p->waiting_max || *here >= (p->running_max + p->waiting_max) / 2;
    if (!full) {
        p->waiting++;
        ++*here;
        while (p->running == p->running_max)
            pthread_cond_wait(&p->free, &p->lock);
        p->waiting--;
        p->running++;
    }
    pthread_mutex_unlock(&p->lock);
    return full ? UNAVAILABLE : OK;
}

static void leave(struct password_pool *p, struct uuid environment)
{
    pthread_mutex_lock(&p->lock);
    p->running--;
    p->here[environment.b[15]]--;
    pthread_cond_signal(&p->free);
    pthread_mutex_unlock(&p->lock);
}

enum err password_pool_hash(struct password_pool *p, struct uuid environment, struct arena *a,
                            struct str password, struct str *ret)
{
    enum err e;

    TRY(enter(p, environment));
    e = password_hash(a, password, ret);
    leave(p, environment);
    return e;
}

enum err password_pool_verify(struct password_pool *p, struct uuid environment, struct str hash,
                              struct str password, bool *ret)
{
    enum err e;

    TRY(enter(p, environment));
    e = password_verify(hash, password, ret);
    leave(p, environment);
    return e;
}
