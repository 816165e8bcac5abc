// A directory that goes when the test does. Its path is short, because Unix sockets lie below it (108 bytes in all).

import Foundation

final class TemporaryDirectory: Sendable {
    let path = "/tmp/fai-\(UUID().uuidString.prefix(8))"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file; its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }
}
