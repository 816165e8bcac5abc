// A command that lives no longer than the process that started it.

import Foundation
import Processes
import Synchronization

final class RunningShell: Sendable {
    private struct State {
        var process: Child?
        var input: Pipe?
    }

    /// Runs the command until the input says a line or closes, then kills it and ends when it is dead; where the input closed, because the
    /// tests are over, the log's directory goes too.
    private static let script = #"""
        log=$1; shift; "$@" >"$log" 2>&1 & child=$!
        keep=; read -r _ && keep=1
        kill -9 $child
        while grep -q "^State:.[^Z]" /proc/$child/status 2>/dev/null; do :; done
        [ "$keep" ] || rm -rf "${log%/*}"
        """#

    private let state = Mutex(State())

    init(_ arguments: [String], log: String) throws { try start(arguments, log: log) }

    var isRunning: Bool { state.withLock { $0.process?.isRunning ?? false } }

    func start(_ arguments: [String], log: String) throws {
        try state.withLock { state in
            let input = Pipe()
            let command = ["-c", Self.script, "sh", log] + arguments
            state.process = try Child("/bin/sh", command, input: .pipe(input), output: .nothing, errors: .nothing)
            state.input = input
        }
    }

    /// Kills the command at once and returns when it is gone.
    func kill() throws {
        try state.withLock { state in
            try state.input?.fileHandleForWriting.write(contentsOf: Data("end\n".utf8))
            state.process?.wait()
            state = State()
        }
    }
}
