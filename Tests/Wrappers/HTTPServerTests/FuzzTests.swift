// Broken requests over real sockets, as many as there is time for: what comes back is whole answers, one for each request that was handled, no
// fault of ours among them, and the next client is served as if nothing had been.

import Fuzzing
import Histories
import Synchronization
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(30))) struct FuzzTests {
    private static let mutator = Mutator(
        seeds: [
            "GET /a?b=c&d HTTP/1.1\r\nHost: x\r\nCookie: a=b; c=d\r\n\r\n",
            "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
            "PUT /p HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
            "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
            "GET http://x/a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
        ],
        words: [
            "\r\n", "\n", "\r", "\0", " ", "\t", ":", "%00", "%", "?", "&", "=", "\"", "\u{FF}", "0\r\n\r\n", "5\r\n",
            "Content-Length: 5\r\n", "Content-Length: +5\r\n", "Content-Length: 18446744073709551616\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Connection: close\r\n",
            "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", "Host: y\r\n", " HTTP/1.0\r\n", "HTTP/1.1",
            "FFFFFFFFFFFFFFFF\r\n", "Upgrade: h2c\r\n", String(repeating: "a&", count: 70),
            String(repeating: "X: y\r\n", count: 100), String(repeating: "z", count: 9_000),
        ]
    )

    @Test func `whatever is sent, each request that is handled has one whole answer, and the next client is served`()
        async throws
    {
        let handled = Atomic(0)
        let server = try TestServer.start { request in
            handled.add(1, ordering: .relaxed)
            return await TestServer.echo(request)
        }
        var run = FuzzRun("HTTPServerTests.FuzzTests")
        var whole = 0
        while let seed = run.nextCase() {
            handled.store(0, ordering: .relaxed)
            var dice = SeededGenerator(seed: seed)
            let sent = Self.mutator.text(&dice)
            let said = Comment(rawValue: "case \(seed): \(String(decoding: sent, as: UTF8.self).debugDescription)")
            guard let (received, isReset) = try? await exchange(sent, with: server.port, &dice) else {
                Issue.record("no end came in twenty seconds, \(said)")
                continue
            }
            let answers = try #require(Answers(received, mayBeCut: isReset), said)
            // libmicrohttpd's own.
            #expect(!String(decoding: received, as: UTF8.self).contains("<html>"), said)
            expect(answers, of: handled.load(ordering: .relaxed), isReset: isReset, said)
            #expect(handled.load(ordering: .relaxed) <= Self.requests(in: sent), said)
            if !isReset, !answers.statuses.isEmpty { whole += 1 }
        }
        #expect(whole > 0, "no case was seen to its end")
        let last = try await RawClient(server.port).exchange("GET /well HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(last.status == 200)
    }

    /// A server that closes while bytes are unread resets the connection (RFC 9112 §9.6): then the client may have fewer answers than were
    /// given, never more. Without a reset it has them all.
    private func expect(_ answers: Answers, of handled: Int, isReset: Bool, _ said: Comment) {
        let own = answers.statuses.filter { $0 != 100 }
        let good = own.filter { $0 == 200 }.count
        #expect(isReset ? good <= handled : good == handled, said)
        #expect(own.allSatisfy { $0 < 500 || $0 == 501 || $0 == 505 }, said)
        // What is refused ends the connection: one refusal at most, and nothing behind it.
        #expect(own.dropLast().allSatisfy { $0 == 200 }, said)
    }

    private static func requests(in sent: [UInt8]) -> Int {
        var judge = FramingJudge(limits: RequestLimits(), bodyLimit: 1 << 20)
        _ = judge.take(sent)
        return judge.whole
    }

    /// Sends it in a few pieces, says that this was all, and takes what comes until the end.
    private func exchange(
        _ bytes: [UInt8],
        with port: UInt16,
        _ dice: inout SeededGenerator
    ) async throws -> (received: [UInt8], isReset: Bool) {
        let client = try RawClient(port)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...max(1, bytes.count), using: &dice))
            rest = rest.dropFirst(piece.count)
            // It may be refused already.
            do { try await client.send(Array(piece)) } catch { break }
        }
        client.finishSending()
        return try await client.untilClosed()
    }
}

/// The statuses of answers, one after the other; nil where something stands between them, or the last is not whole and may not be cut.
private struct Answers {
    private(set) var statuses: [Int] = []

    init?(_ bytes: [UInt8], mayBeCut: Bool) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = Self.endOfHead(rest) else {
                guard mayBeCut else { return nil }
                return
            }
            let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n")
            let words = lines[0].split(separator: " ", maxSplits: 2)
            guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
            statuses.append(status)
            rest = rest[end...]
            let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
            // The answer to a HEAD has a length and no body: then the next head, or nothing, stands there.
            guard let length = length.flatMap({ Int($0) }), status != 100, !rest.isEmpty,
                !rest.starts(with: "HTTP/1.".utf8)
            else { continue }
            guard rest.count >= length || mayBeCut else { return nil }
            rest = rest.dropFirst(length)
        }
    }

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        return bytes.indices.first { bytes[$0...].starts(with: end) }.map { $0 + end.count }
    }
}
