// Compresses what is read (GET, HEAD) where its client takes gzip: text of some length, elsewhere than on the bus loop, a few at once.
//
// Answers to anything else stay as they are, whatever their clients take: tokens and keys are in those only, and the length of a compressed
// answer tells of what is in it (BREACH). What is compressed is another representation, and its tag says so: `"17-3-gzip"` (`EntityTag`).
// An answer that need not be compressed is not where others are being compressed already: as it is is always right.

internal import Bus
internal import Gzip
internal import HTTPServer
internal import Synchronization
internal import Topology

final class Compressor: Sendable {
    private let settings: Topology.Gateway.Compression
    private let busy = Atomic(0)

    init(_ settings: Topology.Gateway.Compression) { self.settings = settings }

    /// The answer, compressed or not; what might have been says in `Vary` why it was not.
    func answer(_ response: HTTPResponse, to request: HTTPRequest) async -> HTTPResponse {
        if let plain = plain(response, to: request) { return plain }
        let response = Self.varying(response)
        return await compressed(response.body).map { Self.encoded(response, $0) } ?? response
    }

    /// The answer as it is, where nothing has to be done that takes time; nil where it is to be compressed. A stream never is.
    func plain(_ response: HTTPResponse, to request: HTTPRequest) -> HTTPResponse? {
        guard settings.atOnce > 0, Self.isRead(request, response) else { return response }
        let isWorthIt = isWorthIt(response.body.count, AcceptEncoding.gzip(request.headers))
        return isWorthIt && response.stream == nil ? nil : Self.varying(response)
    }

    private static func varying(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers.append(("Vary", "Accept-Encoding"))
        return response
    }

    /// Of nothing there is nothing to compress, wherever the topology begins: a 304 stays without a body.
    private func isWorthIt(_ count: Int, _ verdict: AcceptEncoding.Verdict) -> Bool {
        guard count > 0 else { return false }
        return switch verdict {
        case .no: false
        case .may: (settings.from...max(settings.from, settings.to)).contains(count)
        case .must: count <= settings.to
        }
    }

    private func compressed(_ bytes: [UInt8]) async -> [UInt8]? {
        defer { busy.subtract(1, ordering: .relaxed) }
        guard busy.add(1, ordering: .relaxed).newValue <= settings.atOnce else { return nil }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { Gzip.compressed(bytes) }
    }

    private static func isRead(_ request: HTTPRequest, _ response: HTTPResponse) -> Bool {
        guard request.method == "GET" || request.method == "HEAD", response.status == 200 || response.status == 304,
            !response.headers.contains(where: { HTTPFields.isSame($0.0, "Content-Encoding") })
        else { return false }
        let type = response.headers.first { HTTPFields.isSame($0.0, "Content-Type") }?.1
        return response.status == 304 || type.map(isText) == true
    }

    private static func isText(_ type: String) -> Bool {
        let name = String(decoding: type.utf8.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
        return name.utf8.starts(with: "text/".utf8) || name == "application/json" || MediaType.lines.contains(name)
    }

    private static func encoded(_ response: HTTPResponse, _ body: [UInt8]) -> HTTPResponse {
        var encoded = response
        encoded.body = body
        encoded.headers = response.headers.map { name, value in
            (name, HTTPFields.isSame(name, "ETag") ? EntityTag.compressed(value) : value)
        }
        encoded.headers.append(("Content-Encoding", "gzip"))
        return encoded
    }
}
