// A directory that goes with the last test that holds it.

import Foundation

final class TestDirectory: Sendable {
    private let url = FileManager.default.temporaryDirectory.appending(path: "kms-\(UUID().uuidString)")

    func file(_ name: String) -> String { url.appending(path: name).path }

    deinit { try? FileManager.default.removeItem(at: url) }
}
