// What Swift cannot see of libmicrohttpd by itself: its variadic functions and its va_list logger.
#pragma once
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>

/// Where log lines go. `line` ends at its NUL and is valid during the call only; called from the daemon's thread.
struct fountain_log_sink {
    void (*write)(void *context, const char *line);
    void *context;
};

static inline void fountain_log(void *sink, const char *format, va_list arguments) {
    const struct fountain_log_sink *to = (const struct fountain_log_sink *)sink;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    to->write(to->context, line);
}

/// MHD_start_daemon without a port and with the options as an array that ends in MHD_OPTION_END.
/// The logger is the first option, so that complaints about the others already reach it.
static inline struct MHD_Daemon *fountain_start_daemon(
    unsigned int flags, MHD_AccessHandlerCallback handler, void *context, struct fountain_log_sink *sink,
    struct MHD_OptionItem *options
) {
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handler, context,
        MHD_OPTION_EXTERNAL_LOGGER, fountain_log, sink,
        MHD_OPTION_ARRAY, options,
        MHD_OPTION_END
    );
}

/// Bytes from the first of the method to the last of the empty line that ends the headers.
static inline size_t fountain_header_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

static inline const struct sockaddr *fountain_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

/// -1 where there is none.
static inline int fountain_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/// What an external loop waits for; -1 where there is none.
static inline int fountain_epoll_descriptor(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

/// Milliseconds until the daemon must run though its descriptor is silent; -1 for never.
static inline long long fountain_timeout(struct MHD_Daemon *daemon) {
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    return MHD_get_timeout(daemon, &milliseconds) == MHD_YES ? (long long)milliseconds : -1;
}

/// Has an answer of unknown length end with its connection instead of in chunks. To HEAD 0.9.75 would send the chunk that ends a body.
static inline void fountain_send_without_chunks(struct MHD_Response *response) {
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

/// The reason phrase of a status, NULL for none. (A macro of the header hides the function from Swift.)
static inline const char *fountain_reason_phrase(unsigned int status) {
    return MHD_get_reason_phrase_for(status);
}
