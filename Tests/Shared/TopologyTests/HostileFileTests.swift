// Files that are broken, huge, deep or meant to do harm: an error at most, and soon.

import Foundation
import Testing

@testable import Topology

@Suite(.timeLimit(.minutes(2))) struct HostileFileTests {
    @Test(arguments: Fixtures.shipped, 0..<4)
    func `A shipped file cut at any byte is read or refused`(name: String, part: Int) throws {
        let bytes = Array(try Fixtures.text(name).utf8)
        var refused = 0
        for end in Self.places(in: bytes) where end % 4 == part {
            let cut = String(decoding: bytes[..<end], as: UTF8.self)
            let problems = Fixtures.problems(cut)
            refused += problems.isEmpty ? 0 : 1
            #expect(problems.allSatisfy { $0.hasPrefix("t.yaml:") })
        }
        // The name alone is no topology, so the first cuts at least must fail, and the whole file must not.
        #expect(refused > 5)
        #expect(Fixtures.problems(String(decoding: bytes, as: UTF8.self)) == [])
    }

    @Test(arguments: Fixtures.shipped, 0..<8)
    func `A shipped file with a byte changed anywhere is read or refused`(name: String, seed: Int) throws {
        let noise = Array("\0\t\"'{}[]:-?&*!|>%@`#$,~\u{85}".utf8)
        var bytes = Array(try Fixtures.text(name).utf8)
        for index in Self.places(in: bytes) where index % 8 == seed {
            let kept = bytes[index]
            bytes[index] = noise[(index / 8 + seed) % noise.count]
            for problem in Fixtures.problems(String(decoding: bytes, as: UTF8.self)) {
                #expect(problem.hasPrefix("t.yaml:"))
            }
            bytes[index] = kept
        }
    }

    /// All of them, but of a remark, where one byte is like the other, some.
    private static func places(in bytes: [UInt8]) -> [Int] {
        var isRemark = false
        return bytes.indices.filter { index in
            switch bytes[index] {
            case UInt8(ascii: "#"): isRemark = true
            case UInt8(ascii: "\n"): isRemark = false
            default: break
            }
            return !isRemark || index.isMultiple(of: 13)
        }
    }

    @Test(arguments: [("[", 900), ("[", 100_000), ("- ", 100_000), ("? ", 100_000), ("{a: ", 2000)])
    func `Deep nesting is refused before it costs the stack`(opening: String, depth: Int) {
        let yaml = "name: t\nbus:\n  " + String(repeating: opening, count: depth)
        #expect(!Fixtures.problems(yaml).isEmpty)
    }

    @Test(arguments: [2, 5, 9, 60])
    func `Aliases that multiply are refused, also as keys`(levels: Int) {
        var yaml = "a0: &a0 x\n"
        for level in 1...levels {
            yaml += "a\(level): &a\(level)\n  ? [*a\(level - 1), *a\(level - 1)]\n  : y\n"
        }
        let problems = Fixtures.problems(yaml)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("refused; write the lines out") == true)
    }

    @Test func `Bytes that are not UTF-8 are refused`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "topology-\(UUID().uuidString).yaml").path()
        try Data([0x6E, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: TopologyError.self) { try Topology.load(path) }
        #expect(error?.description == "\(path): is not UTF-8 text")
    }

    @Test func `An endless file is refused`() {
        let error = #expect(throws: TopologyError.self) { try Topology.load("/dev/zero") }
        #expect(error?.description == "/dev/zero:1:1: is 1048577 bytes long, 1MiB is the most")
    }
}
