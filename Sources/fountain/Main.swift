// Where the process begins and ends: its standard streams are made safe first, its last words are written last.
//
// Answers and help go to standard output, everything else to standard error; where a stream cannot be written to, the exit code says so
// and, as far as it can be, a sentence.

import ArgumentParser
import Foundation
import Logs
import StandardStreams

@main enum Main {
    static func main() async {
        StandardStreams.prepare()
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        LogWriter.standardError.flush()
        exit(code)
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Fountain.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            return ExitCode.success.rawValue
        } catch {
            return end(with: error)
        }
    }

    /// Help is an answer that the library throws; the rest is a complaint.
    private static func end(with error: any Error) -> Int32 {
        let (code, text) = (Fountain.exitCode(for: error), Fountain.fullMessage(for: error))
        guard code == .success else {
            if !text.isEmpty { complain(text) }
            return code.rawValue
        }
        do {
            if !text.isEmpty { try say(text) }
            return code.rawValue
        } catch {
            complain(Fountain.fullMessage(for: error))
            return ExitCode.failure.rawValue
        }
    }
}
