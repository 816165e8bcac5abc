// What `up` and `serve` share: build, say ready, run until a signal.

import Bus
import Ecosystem
import FountainService
import Logging
import Topology

struct Running {
    let topology: Topology
    /// Reads the topology anew, when SIGHUP asks for it.
    let load: @Sendable () throws -> Topology
    let part: Ecosystem.Part
    let logger: Logger

    func run() async throws {
        let began = ContinuousClock.now
        let built = await asyncResult { try await Ecosystem.build(topology, part, logger: logger) }
        let ecosystem = try built.get()
        let process = HostProcess(
            ecosystem,
            logger: logger,
            reload: { try ecosystem.reload(try load()) },
            ready: { [part] in
                try await ecosystem.untilReady(part)
                let milliseconds = began.duration(to: .now) / .milliseconds(1)
                let ready = "ready: \(ecosystem.name(of: part)) after \(Int(milliseconds)) ms"
                return ecosystem.welcome(part) + [ready]
            }
        )
        try await process.run()
    }
}
