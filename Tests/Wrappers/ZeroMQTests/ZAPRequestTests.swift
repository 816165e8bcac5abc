// What libzmq asks at the door and what it is answered, frame by frame: a key that is known is let in, everything else is refused.

import Testing

@testable import ZeroMQ

@Suite struct ZAPRequestTests {
    static let key = [UInt8](repeating: 7, count: 32)

    static func frames(
        version: String = "1.0",
        domain: String = "fountain",
        mechanism: String = "CURVE",
        credentials: [[UInt8]] = [key]
    ) -> [[UInt8]] {
        [version, "id", domain, "127.0.0.1", "", mechanism].map { Array($0.utf8) } + credentials
    }

    static func status(_ frames: [[UInt8]]) -> String? {
        ZAPRequest.answer(frames) { $0 == key ? "ada" : nil }.map { String(decoding: $0[2], as: UTF8.self) }
    }

    @Test func `a key that is known is let in under its name`() {
        let answer = ZAPRequest.answer(Self.frames()) { $0 == Self.key ? "ada" : nil }
        #expect(answer?.map { String(decoding: $0, as: UTF8.self) } == ["1.0", "id", "200", "OK", "ada", ""])
    }

    @Test(arguments: [
        frames(credentials: [[UInt8](repeating: 8, count: 32)]),
        frames(credentials: [[UInt8](repeating: 7, count: 31)]),
        frames(credentials: []), frames(credentials: [key, key]), frames(version: "2.0"), frames(domain: ""),
        frames(domain: "other"), frames(mechanism: "NULL"), frames(mechanism: "PLAIN"), [[], []],
    ])
    func `everything else is refused`(frames: [[UInt8]]) { #expect(Self.status(frames) == "400") }

    @Test func `what has no id to answer to is not answered`() {
        #expect(Self.status([]) == nil)
        #expect(Self.status([Array("1.0".utf8)]) == nil)
    }

    @Test func `a request cut anywhere is refused or not answered`() {
        for count in 0..<Self.frames().count { #expect(Self.status(Array(Self.frames().prefix(count))) != "200") }
    }
}
