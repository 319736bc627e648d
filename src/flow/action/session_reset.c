/* SPDX-License-Identifier: Apache-2.0 */
/* session.reset: forget who had begun to sign on, and the browser's session; begin again. */
#include "flow/action.h"

#include "model/session.h"

static enum err reset_in(struct tx *tx, void *arg)
{
    struct flow_call *call = arg;
    struct flow f = *call->flow;
    struct session s;
    enum err e = session_find(tx, tx_arena(tx), f.environment, flow_session_cookie(call->rq), &s);

    if (e == OK)
        TRY(session_end(tx, f.environment, s.id));
    else if (e != NOT_FOUND)
        return e;
    f.status = FLOW_USERNAME_PASSWORD_REQUIRED;
    f.user = f.session = f.cookie = STR_NONE;
    TRY(flow_update(tx, call->rq->arena, &f));
    *call->flow = f;
    return OK;
}

enum err flow_session_reset(struct flow_call *call)
{
    TRY(store_write(site_of(call->rq)->store, reset_in, call));
    if (str_is_none(flow_session_cookie(call->rq)))
        return OK;
    return flow_set_session_cookie(call->rq, call->rs, call->flow->environment, STR_NONE);
}
