// Every option of libmicrohttpd that is set, and why. What is not here has its default on purpose.

import CMicroHTTPD

enum DaemonOptions {
    static let flags: UInt32 = [
        // epoll, never poll or select: their loops can skip ready connections while another one is being suspended
        // (fixed upstream in 1.0.3 only). Without a thread: `Daemon` is a guest of a loop.
        MHD_USE_EPOLL,
        // Suspend and resume, with the channel that makes a resume show in the epoll descriptor.
        MHD_ALLOW_SUSPEND_RESUME,
        // `Listener` listens: see `Daemon`.
        MHD_USE_NO_LISTEN_SOCKET,
        // Complaints come to our logger.
        MHD_USE_ERROR_LOG,
    ].reduce(0) { $0 | $1.rawValue }

    /// The array for MHD_OPTION_ARRAY, its terminator included.
    static func items(_ configuration: HTTPServerConfiguration, context: UnsafeMutableRawPointer) -> [MHD_OptionItem] {
        unsafe [
            // Room for whatever `FramingJudge` lets through: a pool that is full makes it fall silent.
            number(.CONNECTION_MEMORY_LIMIT, configuration.limits.poolSize),
            // None of its own: the doorkeeper counts.
            number(.CONNECTION_LIMIT, Int(Int32.max)),
            // None either: `RequestClock` answers before it ends a connection.
            number(.CONNECTION_TIMEOUT, 0),
            // Makes the `Inlet` of a connection, and ends it before the descriptor is closed.
            callback(.NOTIFY_CONNECTION, unsafeBitCast(DaemonCallbacks.notify, to: Int.self), context),
            // The only way to the target as it was received; it also makes our `Exchange`.
            callback(.URI_LOG_CALLBACK, unsafeBitCast(DaemonCallbacks.begin, to: Int.self), context),
            // The only place where an `Exchange` is freed: called once for each, however the request ended.
            callback(.NOTIFY_COMPLETED, unsafeBitCast(DaemonCallbacks.end, to: Int.self), context),
            // Neither strict (1: a bare page for a missing Host) nor lax: `RequestHead` judges, and more strictly.
            number(.STRICT_FOR_CLIENT, 0),
            number(.END, 0),
        ]
    }

    private static func number(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
        unsafe MHD_OptionItem(option: option, value: value, ptr_value: nil)
    }

    private static func callback(
        _ option: MHD_OPTION,
        _ function: Int,
        _ context: UnsafeMutableRawPointer
    ) -> MHD_OptionItem {
        unsafe MHD_OptionItem(option: option, value: function, ptr_value: context)
    }
}
