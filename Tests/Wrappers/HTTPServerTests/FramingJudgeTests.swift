// Where requests end, and which are refused, wherever the bytes are cut.

import HTTPServer
import Testing

@testable import HTTPServer

@Suite struct FramingJudgeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: String
        let refusal: Refusal?
        /// Requests that are whole, and the bytes that are sound.
        let whole: Int
        let sound: Int?

        init(_ bytes: String, _ refusal: Refusal? = nil, whole: Int = 0, sound: Int? = nil) {
            (self.bytes, self.refusal, self.whole, self.sound) = (bytes, refusal, whole, sound)
        }

        var testDescription: String { bytes.debugDescription }
    }

    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    private static func chunks(_ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    }
    private static func post(_ field: String) -> String { "POST / HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n" }

    static let sound = [
        Case(get, whole: 1), Case("\r\n" + get, whole: 1), Case(get + get, whole: 2),
        Case(post("Content-Length: 5") + "hello" + get, whole: 2), Case(post("Content-Length: 0"), whole: 1),
        Case(post("content-length:5") + "a\0\n\rb", whole: 1), Case(post("Content-Length: 5") + "hell"),
        Case(chunks("5\r\nhello\r\n0\r\n\r\n") + get, whole: 2), Case(chunks("0\r\n\r\n"), whole: 1),
        Case(chunks("A;a=\"b;c\"\r\n0123456789\r\n000\r\n\r\n"), whole: 1),
        Case(chunks("1\r\n\n\r\n1\r\n\r\r\n0\r\nX: y\r\nZ: \r\n\r\n"), whole: 1),
        Case("GET / HTTP/1.0\r\n\r\nrubbish\n\0", whole: 1, sound: 18),
        Case("GET / HTTP/1.1\r\nConnection: x , Close\r\n\r\n" + get, whole: 1, sound: 41),
        Case("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get, whole: 2),
    ]

    static let framing: [(String, FramingFault)] = [
        ("GET / HTTP/1.1\nHost: x\r\n\r\n", .malformedHead), ("GET / HTTP/1.1\r\nHost: x\n\r\n", .malformedHead),
        ("GET / HTTP/1.1\r\nHost: x\r\n\n", .malformedHead), ("GET / HTTP/1.1\r\nX: \0\r\n\r\n", .malformedHead),
        ("GET / HTTP/1.1\r\nX: y\r\n folded\r\n\r\n", .malformedHead),
        ("GET / HTTP/1.1\r\n X: y\r\n\r\n", .malformedHead), ("GET / HTTP/1.1\r\nnothing\r\n\r\n", .malformedHead),
        ("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", .invalidFieldValue), ("GET / HTTP/1.1\r\n: y\r\n\r\n", .malformedHead),
        (" GET / HTTP/1.1\r\n\r\n", .invalidMethod), ("GARBAGE\r\n\r\n", .malformedHead),
        ("GET   HTTP/1.1\r\n\r\n", .malformedHead), ("GET     HTTP/1.1\r\n\r\n", .malformedHead),
        ("GET /\r\n\r\n", .malformedHead), ("GET / HTTP\r\n\r\n", .malformedHead),
        ("GET / HTTP/1.1 \r\n\r\n", .malformedHead), ("GET / http/1.1\r\n\r\n", .malformedHead),
        ("\n" + get, .malformedHead), ("\r\n\r\n\r\n\r\n\r\n" + get, .malformedHead), ("\r" + get, .malformedHead),
        (post("Content-Length: +5"), .invalidContentLength), (post("Content-Length: -5"), .invalidContentLength),
        (post("Content-Length: 5 "), .invalidContentLength), (post("Content-Length: 0x5"), .invalidContentLength),
        (post("Content-Length:"), .invalidContentLength), (post("Content-Length: 5, 5"), .invalidContentLength),
        (post("Content-Length: 5\r\nContent-Length: 5"), .repeatedContentLength),
        (post("Content-Length: 5\r\nTransfer-Encoding: chunked"), .contentLengthWithTransferEncoding),
        (post("Transfer-Encoding: chunked "), .unsupportedTransferEncoding),
        (post("Transfer-Encoding: chunked\t"), .unsupportedTransferEncoding),
        (post("Transfer-Encoding: xchunked"), .unsupportedTransferEncoding),
        (post("Transfer-Encoding: chunked, chunked"), .unsupportedTransferEncoding),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), .unsupportedTransferEncoding),
        (post("Transfer-Encoding:"), .unsupportedTransferEncoding),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .unsupportedTransferEncoding),
        (chunks("5\nhello\r\n0\r\n\r\n"), .malformedChunk), (chunks("5\rhello\r\n0\r\n\r\n"), .malformedChunk),
        (chunks("5\r\nhello\n0\r\n\r\n"), .malformedChunk), (chunks("5\r\nhello\r0\r\n\r\n"), .malformedChunk),
        (chunks("5\r\nhelloo\r\n0\r\n\r\n"), .malformedChunk), (chunks("5\r\nhello\r\n0\n\r\n"), .malformedChunk),
        (chunks("0\r\nX: y\rz\r\n\r\n"), .malformedChunk), (chunks("0\r\nX: y\r\r\n\r\n"), .malformedChunk),
        (chunks("0\r\nX: \u{1}\r\n\r\n"), .malformedChunk), (chunks("0\r\nX: \u{7F}\r\n\r\n"), .malformedChunk),
        (chunks("5\r\nhello\r\n0\r\n\n"), .malformedChunk), (chunks("5\0\r\nhello\r\n0\r\n\r\n"), .malformedChunk),
        (chunks("5;\0\r\nhello\r\n"), .malformedChunk), (chunks("5;\n\r\nhello\r\n"), .malformedChunk),
        (chunks(" 5\r\nhello\r\n"), .malformedChunk), (chunks("5 \r\nhello\r\n"), .malformedChunk),
        (chunks("+5\r\nhello\r\n"), .malformedChunk), (chunks("-5\r\nhello\r\n"), .malformedChunk),
        (chunks("0x5\r\nhello\r\n"), .malformedChunk), (chunks("g\r\n"), .malformedChunk),
        (chunks("\r\nhello\r\n"), .malformedChunk), (chunks(";a\r\n"), .malformedChunk),
        (chunks("1000000000000000\r\n"), .malformedChunk), (chunks("0\r\nnothing\r\n\r\n"), .malformedChunk),
        (chunks("0\r\nX: y\n\r\n"), .malformedChunk), (chunks("0\r\nX: y\r\n z\r\n\r\n"), .malformedChunk),
        (chunks("5;" + String(repeating: "x", count: 300) + "\r\n"), .malformedChunk),
    ]

    static let limits = [
        Case(
            "GET /?\(String(repeating: "a&", count: 1500)) HTTP/1.1\r\n\r\n",
            .tooMany(.parameters, limit: RequestLimits().parameters)
        ),
        Case(
            "GET / HTTP/1.1\r\nCookie: \(String(repeating: "a=b; ", count: 300))\r\n\r\n",
            .tooMany(.cookies, limit: RequestLimits().cookies)
        ),
        Case(
            "GET / HTTP/1.1\r\nCookie: \(String(repeating: ";", count: 300))\r\n\r\n",
            .tooMany(.cookies, limit: RequestLimits().cookies)
        ),
        Case(
            "GET / HTTP/1.1\r\n\(String(repeating: "a:\r\n", count: 600))\r\n",
            .tooMany(.fields, limit: RequestLimits().fields)
        ),
        Case(
            "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\n\r\n",
            .targetTooLong(limit: RequestLimits().target)
        ),
        Case("GET /\(String(repeating: "a", count: 40_000))", .targetTooLong(limit: RequestLimits().target)),
        Case(
            "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 40_000))",
            .headersTooLarge(limit: RequestLimits().head)
        ),
        Case(post("Content-Length: 99999999999999999999"), .bodyTooLarge(limit: 100)),
        Case("PRI * HTTP/2.0\r\n\r\n", .unsupportedVersion), Case("GET / HTTP/1.2\r\n\r\n", .unsupportedVersion),
        Case(
            chunks("0\r\n" + String(repeating: "a:\r\n", count: 70) + "\r\n"),
            .tooMany(.fields, limit: RequestLimits.trailer.fields)
        ),
        Case(
            chunks("0\r\na:" + String(repeating: "a", count: 9000)),
            .headersTooLarge(limit: RequestLimits.trailer.bytes)
        ),
    ]

    @Test(arguments: sound + limits + framing.map { Case($0.0, .badFraming($0.1)) })
    func `a request is what it is, however it is cut`(example: Case) {
        let bytes = Array(example.bytes.utf8)
        let stride = max(1, bytes.count / 40)
        for cut in Swift.stride(from: 0, through: bytes.count, by: stride) {
            var judge = FramingJudge(limits: RequestLimits(), bodyLimit: 100)
            var (sound, refusal) = (0, Refusal?.none)
            for piece in [bytes[..<cut], bytes[cut...]] where refusal == nil {
                let finding = judge.take(piece)
                (sound, refusal) = (sound + finding.sound, finding.refusal)
            }
            #expect(refusal == example.refusal)
            guard example.refusal == nil else { continue }
            #expect(judge.whole == example.whole)
            #expect(sound == example.sound ?? bytes.count)
        }
    }

    @Test func `cut at every byte it is the same`() {
        for example in Self.sound + Self.framing.map({ Case($0.0, .badFraming($0.1)) }) {
            var judge = FramingJudge(limits: RequestLimits(), bodyLimit: 100)
            var refusal: Refusal?
            for byte in example.bytes.utf8 where refusal == nil { refusal = judge.take([byte]).refusal }
            #expect(refusal == example.refusal, "\(example.testDescription)")
            if refusal == nil { #expect(judge.whole == example.whole) }
        }
    }

    @Test func `what comes before a refused request in the same piece is sound`() {
        var judge = FramingJudge(limits: RequestLimits(), bodyLimit: 100)
        let finding = judge.take(Array((Self.get + Self.get + "GET / HTTP/1.1\n").utf8))
        #expect(finding == .init(sound: 2 * Self.get.utf8.count, refusal: .badFraming(.malformedHead)))
        #expect(judge.whole == 2)
        #expect(judge.take(Array(Self.get.utf8)).sound == 0, "nothing after it is read")
    }
}
