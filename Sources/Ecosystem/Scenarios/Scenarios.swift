// The three end-to-end scenarios of the testing chapter, played over HTTP against an ecosystem of their own, step by step.
//
// What `make demo` shows, and what the end-to-end tests play through Caddy: the same steps, against another origin. A step that does not
// find what it expects ends the play with an error that says what came instead.

import Bus
package import HTTPClient
package import Logging
import ServiceLifecycle
package import Topology

package struct Scenarios: Sendable {
    let edge: EdgeClient
    let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - origin: Where the ecosystem is; no slash at the end.
    ///   - http: What speaks to it; the one that trusts Caddy's own authority, where it is behind that.
    ///   - say: Gets a line a step.
    package init(origin: String, http: HTTPClient = HTTPClient(), say: @escaping @Sendable (String) -> Void) {
        edge = EdgeClient(origin: origin, http: http)
        self.say = say
    }

    /// Brings a topology up, plays, and takes it down.
    package static func play(
        _ topology: Topology,
        logger: Logger,
        say: @escaping @Sendable (String) -> Void
    ) async throws {
        let ecosystem = try await Ecosystem.build(topology, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let services = ServiceGroup(configuration: .init(services: [.init(service: ecosystem)], logger: logger))
            group.addTask { try await services.run() }
            try await ecosystem.untilReady(.all)
            say("ecosystem \"\(topology.name)\" is up at \(ecosystem.origin())")
            do { try await Scenarios(origin: ecosystem.origin(), say: say).playAll() } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        say("ecosystem \"\(topology.name)\" is down again; all three scenarios went as they should")
    }

    package func playAll() async throws {
        let admin = try await userLoginWithSecondFactor()
        try await sequenceAndSearch(admin)
        try await apiKeyRotation(admin)
    }

    // MARK: Steps

    /// Says what is done, does it, and checks the status.
    func step(_ words: String, expecting status: Int, _ request: () async throws -> EdgeClient.Answer) async throws
        -> EdgeClient.Answer
    {
        let answer = try await request()
        guard answer.status == status else {
            throw ScenarioFailure("\(words): expected \(status), got \(answer.status) \(answer.text)")
        }
        say("  \(status)  \(words)")
        return answer
    }

    func expect(_ words: String, _ holds: Bool) throws {
        guard holds else { throw ScenarioFailure("\(words): it is not so") }
        say("   ✓   \(words)")
    }
}

package struct ScenarioFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
