// Where things lie: the repository, and what was built beside this test.

import Foundation

enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The command line as it was built together with the running tests, wherever the scratch path is.
    static let fountain: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "fountain"
        ).path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return path(".build/debug/fountain")
    }()

    static func path(_ relative: String) -> String { root.appending(path: relative).path }
}
