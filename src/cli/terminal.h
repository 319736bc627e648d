/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal can show and a file can't. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/** Whether colour and movement are welcome: a terminal, not a dumb one, and NO_COLOR unset (no-color.org). */
bool terminal_has_color(FILE *f);

/** Write a heading, bold where that is welcome. */
void terminal_heading(FILE *f, const char *text);

/** Write text broken at blanks so that no line passes column 79; lines after the first start at column
 * `indent`. */
void terminal_wrapped(FILE *f, size_t indent, const char *text);

#endif
