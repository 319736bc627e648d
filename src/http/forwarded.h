/* SPDX-License-Identifier: Apache-2.0 */
/* What a TLS terminator in front of us says of the client it speaks for. */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "http/http.h"
#include "http/network.h"

/** Networks whose word is taken. */
struct trust {
    const struct network *networks;
    size_t n;
};

/** Whether an address is one of theirs. */
bool trust_has(const struct trust *t, struct str address);

/**
 * Take scheme, authority and client address from X-Forwarded-Proto, -Host and -For, if the peer
 * (rq->remote_ip) is trusted; from anybody else they are ignored. The client is the last address in
 * X-Forwarded-For that is not trusted itself: what stands before that is what the client wrote.
 * ->  OK; NO_MEMORY
 */
enum err forwarded_apply(const struct trust *t, struct http_request *rq) MUST_CHECK;

#endif
