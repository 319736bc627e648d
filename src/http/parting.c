/* SPDX-License-Identifier: Apache-2.0 */
/* From the library's response to octets on its socket. */
#include "http/parting.h"

#include "base/buf.h"
#include "http/tls.h"

#include <microhttpd.h>
#include <sys/socket.h>
#include <time.h>

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind UNUSED, const char *name,
                                  const char *value)
{
    buf_printf(cls, "%s: %s\r\n", name, value);
    return MHD_YES;
}

static enum err write_text(struct MHD_Response *response, struct arena *a, const struct http_response *rs,
                           struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    time_t now = time(NULL);
    char date[64];
    struct tm tm;

    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm)); /* RFC 9110 5.6.7 */
    buf_printf(&b, "HTTP/1.1 %d %s\r\n", rs->status, MHD_get_reason_phrase_for((unsigned)rs->status));
    MHD_get_response_headers(response, add_header, &b);
    buf_printf(&b, "Date: %s\r\nContent-Length: %zu\r\n\r\n", date, rs->body.len);
    buf_add(&b, rs->body);
    return buf_finish(&b, ret);
}

/* Nothing waits to be sent on the connection, so that the system takes it at once. */
static enum err send_text(struct MHD_Connection *connection, struct str text)
{
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (!fd)
        return IO;
    if (tls && tls->tls_session)
        TRY(tls_send_last(tls->tls_session, text));
    else if (send(fd->connect_fd, text.p, text.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)text.len)
        return IO;
    return shutdown(fd->connect_fd, SHUT_WR) == 0 ? OK : IO;
}

enum err parting_write(struct MHD_Connection *connection, struct MHD_Response *response, struct arena *a,
                       const struct http_response *rs)
{
    struct str text;

    TRY(write_text(response, a, rs, &text));
    return send_text(connection, text);
}
