// Master keys that are not the store's keep a service from starting, with words that say what to do.

import FountainService
import Secrets
import Topology

extension Blueprint {
    /// `claim` is told whether other processes may have the store open.
    static func claimingStore(at site: Site, _ claim: (_ isShared: Bool) async throws -> Void) async throws {
        do { try await claim(site.topology.stores.engine != .sqlite) } catch let mismatch as KeyringRecord.Mismatch {
            throw site.layout.refusal(mismatch, of: site.name)
        }
    }
}
