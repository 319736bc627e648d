/* SPDX-License-Identifier: Apache-2.0 */
/* What the management listener answers: alive, ready, metrics in the Prometheus text format. */
#include "server/health.h"

#include "model/cache.h"
#include "resource/reply.h"

static enum err livez(struct http_request *rq UNUSED, struct http_response *rs)
{
    rs->status = 200;
    rs->content_type = STR("text/plain;charset=UTF-8");
    rs->body = STR("ok\n");
    return OK;
}

static enum err readyz(struct http_request *rq, struct http_response *rs)
{
    const struct health *h = rq->app;

    if (atomic_load(&h->leaving))
        return problem_set(rq, 503, UNEXPECTED_ERROR, STR("The server is stopping."));
    TRY(store_check(h->site->store));
    return livez(rq, rs);
}

static void add_metric(struct buf *b, const char *name, const char *labels, uint64_t value)
{
    buf_printf(b, "latchkey_%s%s %llu\n", name, labels, (unsigned long long)value);
}

static void add_listener(struct buf *b, const struct http_server *server, const char *name)
{
    struct http_counters c;

    if (!server)
        return;
    http_server_counters(server, &c);
    for (unsigned i = 1; i < LENGTH(c.by_status); i++)
        buf_printf(b, "latchkey_http_responses_total{listener=\"%s\",class=\"%uxx\"} %llu\n", name, i,
                   (unsigned long long)c.by_status[i]);
    buf_printf(b, "latchkey_http_connections_open{listener=\"%s\"} %llu\n", name,
               (unsigned long long)c.connections_open);
    buf_printf(b, "latchkey_http_rejected_total{listener=\"%s\"} %llu\n", name,
               (unsigned long long)c.rejected_queue_full);
}

static enum err metrics(struct http_request *rq, struct http_response *rs)
{
    const struct health *h = rq->app;
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);

    add_listener(&b, *h->http, "http");
    add_listener(&b, *h->https, "https");
    add_metric(&b, "cache_bytes", "", cache_size(h->site->cache));
    TRY(buf_finish(&b, &rs->body));
    rs->status = 200;
    rs->content_type = STR("text/plain; version=0.0.4;charset=UTF-8");
    return OK;
}

const struct route health_routes[] = {
    { .method = HTTP_GET, .pattern = "/livez", .cost = COST_INLINE, .handle = livez, .fail = reply_failure },
    { .method = HTTP_GET, .pattern = "/readyz", .cost = COST_WORK, .handle = readyz, .fail = reply_failure },
    { .method = HTTP_GET,
      .pattern = "/metrics",
      .cost = COST_WORK,
      .handle = metrics,
      .fail = reply_failure },
    { .pattern = NULL },
};
