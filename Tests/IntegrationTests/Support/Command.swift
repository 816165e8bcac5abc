// A command of `fountain` that runs to its end.

import Processes

struct Command: CustomStringConvertible {
    let lines: [String]
    let complaint: String
    let code: Int32

    var output: String { lines.joined(separator: "\n") }
    var description: String { "exit code \(code)\n\(output)\n\(complaint)" }

    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Command {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            [Repository.fountain] + arguments,
            environment: environment,
            log: "\(directory.path)/stderr"
        )
        let lines = await process.next(.max)
        let code = await process.exitCode()
        return Command(lines: lines, complaint: process.complaints, code: code)
    }
}
