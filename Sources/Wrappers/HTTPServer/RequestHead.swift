// The head of a request as libmicrohttpd parsed it, and the verdict on it. Pure.
//
// libmicrohttpd 0.9.75 takes the first of several Content-Length, lets Transfer-Encoding win over Content-Length, takes
// any Transfer-Encoding and any number of Host fields. Each of these lets a proxy in front and this server disagree on
// where a request ends, so here they are faults.

struct RequestHead {
    let method: String
    let target: String
    let isHTTP10: Bool
    let fields: HTTPFields
    let remoteAddress: String
    /// Whether method, target, version and fields, laid end to end, are the bytes that came: see `HeadReader`.
    let isWhole: Bool
    let size: Int

    /// The first fault found, nil for none.
    var fault: FramingFault? {
        if !isWhole { return .malformedHead }
        if !Grammar.isToken(method) { return .invalidMethod }
        if fields.entries.contains(where: { !Grammar.isToken($0.name) }) { return .invalidFieldName }
        if fields.entries.contains(where: { !Grammar.isFieldValue($0.value) }) { return .invalidFieldValue }
        return lengthFault ?? hostFault
    }

    /// The announced length of the body; libmicrohttpd has made sure that it is a number.
    var contentLength: UInt64? {
        fields["Content-Length"].flatMap { UInt64($0) }
    }

    /// Whether the request ends by itself: without a body, or with one of so many bytes or fewer that does not wait for leave to be
    /// sent (RFC 9110 §10.1.1).
    func endsUnasked(atMost limit: Int) -> Bool {
        guard let contentLength else { return fields.all("Transfer-Encoding").isEmpty }
        return fields.all("Expect").isEmpty && contentLength <= UInt64(max(0, limit))
    }

    /// Whether it waits for leave to send nothing, which no client should (RFC 9110 §10.1.1).
    var waitsForNothing: Bool {
        !fields.all("Expect").isEmpty && contentLength ?? 0 == 0 && fields.all("Transfer-Encoding").isEmpty
    }

    private var lengthFault: FramingFault? {
        let lengths = fields.all("Content-Length")
        let encodings = fields.all("Transfer-Encoding")
        if lengths.count > 1 { return .repeatedContentLength }
        if !lengths.isEmpty && !encodings.isEmpty { return .contentLengthWithTransferEncoding }
        if encodings.isEmpty { return nil }
        let isChunked = encodings.count == 1 && HTTPFields.isSame(encodings[0], "chunked")
        return isChunked && !isHTTP10 ? nil : .unsupportedTransferEncoding
    }

    private var hostFault: FramingFault? {
        switch fields.all("Host").count {
        case 0: isHTTP10 ? nil : .missingHost
        case 1: nil
        default: .repeatedHost
        }
    }

    /// What of a head that is refused may be compared and handed on, as of one that is not there yet: see `PartialHead`.
    var presentable: RequestHead {
        RequestHead(
            method: Grammar.isToken(method) ? method : "",
            target: target,
            isHTTP10: isHTTP10,
            fields: HTTPFields(fields.entries.filter { Grammar.isToken($0.name) && Grammar.isFieldValue($0.value) }),
            remoteAddress: remoteAddress,
            isWhole: isWhole,
            size: size
        )
    }

    /// The request without its body; where the target is not understood, with the target as the path, if it may be compared.
    func request(target parsed: RequestTarget?) -> HTTPRequest {
        HTTPRequest(
            method: method,
            path: parsed?.path ?? RequestTarget.comparable(target),
            authority: parsed?.authority ?? fields["Host"],
            query: parsed?.query ?? [],
            headers: fields,
            remoteAddress: remoteAddress
        )
    }
}
