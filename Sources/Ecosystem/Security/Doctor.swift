// Proves on a running ecosystem that what should be refused is refused, by trying it. It changes nothing.
//
//   over tcp     for each replica and gateway: in the clear, with an unknown key, a call and a subscription that are not granted
//   over ipc     the directories and keys are their owner's alone, and nothing listens off loopback
//   everywhere   the replicas of a service have the same master keys
//
// A finding that is not good says what to do. A part of the system that does not answer is a finding as well: what could not be tried is
// not proven.

import Bus
import Foundation
package import Logging
package import Topology

package struct Doctor: Sendable {
    let topology: Topology
    let peer: String?
    let logger: Logger

    /// - Parameters:
    ///   - topology: What should be running.
    ///   - peer: Whose key to come with, where peers have to prove who they are; the first whose key is here, where nothing is said.
    ///   - logger: Where what goes wrong is logged.
    package init(_ topology: Topology, as peer: String? = nil, logger: Logger) {
        self.topology = topology
        self.peer = peer
        self.logger = logger
    }

    /// Looks at everything, one thing after the other; `report` gets each finding as it is made.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give.
    package func examine(_ report: (Finding) -> Void) async throws {
        switch topology.bus.transport {
        case .inproc:
            report(.bad("the bus can be reached", "it is inproc: only the process that runs it can; use ipc or tcp"))
        case .ipc: try await examineHost(report)
        case .tcp where topology.bus.plaintext:
            report(
                .bad(
                    "peers prove who they are",
                    "bus.plaintext is true: whoever is on this machine can call; for tests only"
                )
            )
            try await examineHost(report)
        case .tcp: try await examinePeers(report)
        }
    }
}

/// What the doctor needs to try a secured bus.
struct Passport {
    /// Whose key it comes with.
    let name: String
    let keys: PeerKeyPair
    /// A key that nobody knows.
    let stranger: PeerKeyPair
    let peers: Peers
}
