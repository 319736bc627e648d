/* SPDX-License-Identifier: Apache-2.0 */
/* What a new environment is given. */
#ifndef PLATFORM_ENVIRONMENT_H
#define PLATFORM_ENVIRONMENT_H

#include "platform/common.h"

/** Create the default objects of c->environment (resources/data/defaults.json) in its transaction. */
enum err environment_defaults(struct change *c) MUST_CHECK;

#endif
