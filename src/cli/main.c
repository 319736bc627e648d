/* SPDX-License-Identifier: Apache-2.0 */
/* Where the process starts. */
#include "cli/commands.h"

int main(int argc, char **argv)
{
    return (int)cli_run(argc, (const char *const *)argv);
}
