// The reply of a service as an HTTP response: the bytes as they came, the status and caching as declared.

internal import Bus
internal import HTTPServer

enum OperationReply {
    /// - Throws: `bad_reply` where a body was declared and none came.
    static func response(_ payload: ArraySlice<UInt8>, of operation: OperationDescription) throws(Failure)
        -> HTTPResponse
    {
        let headers = [("Cache-Control", caching(of: operation))]
        guard operation.output != nil else { return HTTPResponse(status: 204, headers: headers) }
        guard !payload.isEmpty else {
            throw Failure(.badReply, "\(operation.name) was done, but answered with nothing.")
        }
        return HTTPResponse(
            status: operation.success,
            contentType: "application/json",
            body: Array(payload),
            headers: headers
        )
    }

    /// What only its caller may see is not for shared caches.
    private static func caching(of operation: OperationDescription) -> String {
        // May be kept by its caller, and asked about again with its tag before it is used.
        if operation.isIdempotent, operation.headers?.etag != nil { return "private, no-cache" }
        guard let seconds = operation.limits.cacheSeconds, seconds > 0 else { return "no-store" }
        return operation.access == .public ? "max-age=\(seconds)" : "private, max-age=\(seconds)"
    }
}
