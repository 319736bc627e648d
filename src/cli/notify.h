/* SPDX-License-Identifier: Apache-2.0 */
/* Telling a supervisor how the service stands: sd_notify(3), whose protocol is one datagram. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

/** Send "READY=1", "RELOADING=1" or "STOPPING=1" to the socket that NOTIFY_SOCKET names, if it does. */
void notify_supervisor(const char *state);

#endif
