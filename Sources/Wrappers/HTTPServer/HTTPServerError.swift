// Why a server could not be started. Once it runs it does not throw.

package enum HTTPServerError: Error, Equatable {
    /// Not an IPv4 or IPv6 address in numbers; names are not resolved here.
    case badAddress(String)
    /// The system refused the socket: `errno` of `call`.
    case socket(call: String, errno: Int32)
    /// libmicrohttpd refused to start; its reason is in the log.
    case daemonRefused
}
