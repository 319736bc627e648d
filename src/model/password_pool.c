/* SPDX-License-Identifier: Apache-2.0 */
/* Places in front of the threads that run Argon2id; who has a place waits on its own thread. */
#include "model/password_pool.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rank.h"
#include "crypto/hash_memory.h"
#include "crypto/password.h"
#include "http/workers.h"

#include <pthread.h>

enum {
    ENVIRONMENTS = 256, /* counters, which environments share by chance */
    LOOK_NS = 100 * 1000 * 1000,
    REST_NS = 20 * 1000 * 1000, /* without a hash, and memory for hashes is given back */
};

/* A hash to make or to check; it lives on its caller's stack. */
struct job {
    struct arena *arena; /* for what is made; NULL: check */
    struct str hash, password;
    bool matches;
    enum err result;
    bool done;
    pthread_cond_t answered;
    struct job *next;
};

struct password_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *first, **last;
    unsigned places, places_max;
    unsigned here[ENVIRONMENTS]; /* places by environment */
    bool stopping;
    unsigned running, running_max;   /* hashes */
    int64_t looked_ns, others_at_ns; /* of the last look at others, and what they had run until then */
    unsigned threads_n;
    pthread_t threads[];
};

/* What the program has run on processors, without its hashes. */
static int64_t others_ns(const struct password_pool *p)
{
    int64_t ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    clockid_t clock;

    for (unsigned i = 0; i < p->threads_n; i++)
        if (pthread_getcpuclockid(p->threads[i], &clock) == 0)
            ns -= clock_ns(clock);
    return ns;
}

unsigned password_pool_share(unsigned cores, int64_t others_ns, int64_t passed_ns)
{
    unsigned half = (cores + 1) / 2;
    int64_t theirs = (2 * others_ns + passed_ns) / (2 * passed_ns); /* cores, to the nearest */

    return theirs < cores - half ? cores - (unsigned)theirs : half;
}

/* Called locked. */
static void look_at_others(struct password_pool *p)
{
    int64_t now = clock_monotonic_ns(), others;

    if (now - p->looked_ns < LOOK_NS)
        return;
    others = others_ns(p);
    p->running_max = password_pool_share(p->threads_n, others - p->others_at_ns, now - p->looked_ns);
    p->looked_ns = now;
    p->others_at_ns = others;
}

/* Called locked. */
static bool may_begin(const struct password_pool *p)
{
    return p->first && (p->running < p->running_max || p->stopping);
}

/* Called locked. */
static void rest(struct password_pool *p, int64_t keeps_until_ns)
{
    if (!hash_memory_size()) {
        pthread_cond_wait(&p->work, &p->lock);
    } else if (!clock_wait(&p->work, &p->lock, keeps_until_ns)) {
        pthread_mutex_unlock(&p->lock); /* a thread of low rank may be slow to give back */
        hash_memory_drop();
        pthread_mutex_lock(&p->lock);
    }
}

/* Who has begun wakes who may begin too. */
static struct job *take(struct password_pool *p)
{
    int64_t keeps_until_ns = clock_monotonic_ns() + REST_NS;
    struct job *j = NULL;

    pthread_mutex_lock(&p->lock);
    while (!may_begin(p) && !p->stopping)
        rest(p, keeps_until_ns);
    if (p->first) {
        j = p->first;
        p->first = j->next;
        if (!p->first)
            p->last = &p->first;
        p->running++;
    }
    if (may_begin(p))
        pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return j;
}

static void answer(struct password_pool *p, struct job *j)
{
    pthread_mutex_lock(&p->lock);
    p->running--;
    look_at_others(p);
    j->done = true;
    pthread_cond_signal(&j->answered);
    pthread_mutex_unlock(&p->lock);
}

static void compute(struct job *j)
{
    struct rank_breaks breaks;

    hash_memory_keep();
    rank_breaks_begin(&breaks);
    if (j->arena)
        j->result = password_hash(j->arena, j->password, &j->hash);
    else
        j->result = password_verify(j->hash, j->password, &j->matches);
    rank_breaks_end(&breaks);
}

static void *run(void *arg)
{
    struct password_pool *p = arg;
    struct job *j;

    rank_low();
    while ((j = take(p))) {
        compute(j);
        answer(p, j);
    }
    hash_memory_drop();
    return NULL;
}

enum err password_pool_new(unsigned running, unsigned waiting, struct password_pool **ret)
{
    struct password_pool *p = mem_alloc(sizeof(*p) + running * sizeof(*p->threads));

    if (!p)
        return NO_MEMORY;
    p->last = &p->first;
    p->places_max = running + waiting;
    p->running_max = running;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    while (p->threads_n < running && !pthread_create(&p->threads[p->threads_n], NULL, run, p))
        p->threads_n++;
    if (p->threads_n < running) {
        password_pool_free(p);
        return NO_MEMORY;
    }
    *ret = p;
    return OK;
}

void password_pool_free(struct password_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads_n; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

enum err password_pool_enter(struct password_pool *p, struct uuid environment)
{
    unsigned *here = &p->here[environment.b[15]];
    bool full;

    pthread_mutex_lock(&p->lock);
    full = p->places == p->places_max || *here >= p->places_max / 2;
    if (!full) {
        p->places++;
        ++*here;
    }
    pthread_mutex_unlock(&p->lock);
    return full ? UNAVAILABLE : OK;
}

void password_pool_leave(struct password_pool *p, struct uuid environment)
{
    pthread_mutex_lock(&p->lock);
    p->places--;
    p->here[environment.b[15]]--;
    pthread_mutex_unlock(&p->lock);
}

static enum err perform(struct password_pool *p, struct job *j)
{
    pthread_cond_init(&j->answered, NULL);
    worker_wait_begin();
    pthread_mutex_lock(&p->lock);
    *p->last = j;
    p->last = &j->next;
    pthread_cond_signal(&p->work);
    while (!j->done)
        pthread_cond_wait(&j->answered, &p->lock);
    pthread_mutex_unlock(&p->lock);
    worker_wait_end();
    pthread_cond_destroy(&j->answered);
    return j->result;
}

enum err password_pool_verify_entered(struct password_pool *p, struct str hash, struct str password,
                                      bool *ret)
{
    struct job j = { .hash = hash, .password = password };

    TRY(perform(p, &j));
    *ret = j.matches;
    return OK;
}

enum err password_pool_hash(struct password_pool *p, struct uuid environment, struct arena *a,
                            struct str password, struct str *ret)
{
    struct job j = { .arena = a, .password = password };
    enum err e;

    TRY(password_pool_enter(p, environment));
    e = perform(p, &j);
    password_pool_leave(p, environment);
    TRY(e);
    *ret = j.hash;
    return OK;
}

enum err password_pool_verify(struct password_pool *p, struct uuid environment, struct str hash,
                              struct str password, bool *ret)
{
    enum err e;

    TRY(password_pool_enter(p, environment));
    e = password_pool_verify_entered(p, hash, password, ret);
    password_pool_leave(p, environment);
    return e;
}
