/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of a server's process: they wait until the main thread asks for them. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/** Before any thread starts: SIGINT, SIGTERM and SIGHUP wait, SIGPIPE is ignored. */
void signals_hold(void);

/** Wait for the next one. -> its number */
int signals_wait(void);

/** From now on SIGINT and SIGTERM end the process at once, for who does not want to wait for a stop to be
 * done; SIGHUP does nothing any more. */
void signals_let_kill(void);

#endif
