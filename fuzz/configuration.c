/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file: what is taken can be served, what is refused says why. */
#include "fuzz.h"

#include "server/configuration.h"

void target(struct arena *a, struct str input)
{
    struct configuration_fault fault;
    struct configuration c;
    enum err e = configuration_parse(a, input, &fault, &c);

    if (e == OK)
        MUST(c.store && c.hosts && c.hosts[0] && (c.http.address || c.https.address));
    else
        MUST(e == INVALID && fault.message[0]);
}
