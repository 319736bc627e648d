/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of schemas, with limits on what a match may cost. */
#ifndef RESOURCE_PATTERN_H
#define RESOURCE_PATTERN_H

#include "base/str.h"

struct pattern;

/** Compile in Perl syntax with Unicode properties; it lives as long as the arena. -> OK; INVALID; NO_MEMORY
 */
enum err pattern_new(struct arena *a, struct str text, const struct pattern **ret) MUST_CHECK;

/** Whether it is found in the text. A match that would cost too much counts as none. -> OK; NO_MEMORY */
enum err pattern_find(const struct pattern *p, struct str text, bool *ret) MUST_CHECK;

#endif
