/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text for people, 80 columns wide. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 79 };

bool terminal_has_color(FILE *f)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    if (!term || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fileno(f));
}

void terminal_heading(FILE *f, const char *text)
{
    bool bold = terminal_has_color(f);

    fprintf(f, "%s%s%s\n", bold ? "\033[1m" : "", text, bold ? "\033[0m" : "");
}

/* Start a line at column `indent`; an empty line gets no blanks. */
static void line_break(FILE *f, size_t indent, const char *rest)
{
    fputc('\n', f);
    if (*rest != '\n')
        fprintf(f, "%*s", (int)indent, "");
}

void terminal_wrapped(FILE *f, size_t indent, const char *text)
{
    size_t column = indent, word;

    for (;;) {
        word = strcspn(text, " \n");
        if (column > indent && column + 1 + word > COLUMNS) {
            line_break(f, indent, text);
            column = indent;
        } else if (column > indent && word > 0) {
            fputc(' ', f);
            column++;
        }
        fprintf(f, "%.*s", (int)word, text);
        column += word;
        text += word;
        if (!*text)
            break;
        if (*text++ == '\n') {
            line_break(f, indent, text);
            column = indent;
        }
    }
    fputc('\n', f);
}
