// What we compress, another program expands.

import Foundation
import Gzip
import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct GzipTests {
    @Test(arguments: [0, 1, 100, 65_535, 65_536, 1 << 20])
    func `gzip gives back what was compressed`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let compressed = try #require(Gzip.compressed(bytes))
        #expect(try expanded(compressed) == bytes)
    }

    @Test func `what repeats itself becomes small, what is noise hardly larger`() throws {
        let same = [UInt8](repeating: 7, count: 100_000)
        #expect(try #require(Gzip.compressed(same)).count < 1000)
        var noise = SystemRandomNumberGenerator()
        let random = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &noise) }
        #expect(try #require(Gzip.compressed(random)).count < 100_100)
    }

    private func expanded(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).gz")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = Pipe()
        let child = try Child("/bin/gzip", ["-dc", file.path], output: .pipe(output))
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        #expect(child.wait() == 0)
        return Array(said)
    }
}
