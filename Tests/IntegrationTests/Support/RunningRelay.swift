// The network before a service, as a process that can be stopped and killed (`scripts/hosts/relay.py`): it listens on 127.0.0.2 and passes on to the
// same port of 127.0.0.1.

import Processes
import Synchronization

final class RunningRelay: Sendable {
    private let command: [String]
    private let log: String
    private let process: Mutex<ChildProcess>

    init(_ ports: [Int], log: String) async throws {
        let pairs = ports.map { "127.0.0.2:\($0)=127.0.0.1:\($0)" }
        (command, self.log) = (["/usr/bin/python3", Repository.path("scripts/hosts/relay.py")] + pairs, log)
        let first = try ChildProcess(command, log: log)
        process = Mutex(first)
        try await first.lines(upTo: "ready")
    }

    /// Connections stand, and nothing comes.
    func cut() { process.withLock { $0 }.send(.pause) }
    func mend() { process.withLock { $0 }.send(.proceed) }

    /// Every connection is gone at once; new ones are taken when it returns.
    func tear() async throws {
        let torn = process.withLock { $0 }
        torn.send(.kill)
        _ = await torn.exitCode()
        let next = try ChildProcess(command, log: log)
        process.withLock { $0 = next }
        try await next.lines(upTo: "ready")
    }
}
