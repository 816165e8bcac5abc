// A whole response, whatever its status: 404 and 503 are answers, not errors.

package struct OutboundResponse: Sendable {
    package let status: Int
    /// As received, in order, without those of interim responses.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// The server's certificate, where it was asked for.
    package let certificate: ServerCertificate?

    /// The value of the first header of that name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
