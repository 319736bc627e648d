/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done to a flow: one file an action below action/, one line each in a table. */
#ifndef FLOW_ACTION_H
#define FLOW_ACTION_H

#include "flow/flow.h"
#include "http/router.h"

/* An action under way. */
struct flow_call {
    struct http_request *rq;
    struct http_response *rs; /* gets cookies */
    struct flow *flow;
    const struct json *body; /* an object; empty when none came */
};

/** Do it: the flow's status moves on, or the problem says why not and the flow is as before.
 * -> OK; FAILED; CONFLICT; UNAVAILABLE; NO_SPACE; IO; NO_MEMORY */
typedef enum err flow_action(struct flow_call *call);

flow_action flow_username_password_check, flow_password_reset, flow_session_reset;

/** Do the named action, if the flow's status allows it. As flow_action; FAILED too when it does not. */
enum err flow_act(struct flow_call *call, struct str name) MUST_CHECK;

/** Append the links of the actions that a status allows, each to the flow's own address. */
void flow_write_action_links(struct buf *b, enum flow_status status, struct str self);

/** The user has proved who they are: session, cookie, status COMPLETED. As flow_action. */
enum err flow_complete(struct flow_call *call, const struct user *u) MUST_CHECK;

/** Routes of the flows API, ended by an entry without a pattern. */
extern const struct route flow_routes[];

#endif
