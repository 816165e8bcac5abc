// For how long gateways may go on by what the KMS and the 2FA service have told them (ADR 0016).

extension Topology {
    package struct Leases: Sendable, Equatable {
        /// Of a lease: a revocation waits so long for a gateway that is dead or cut off, and for no other. Zero turns leases off: each request is
        /// asked for.
        package var length = Duration.seconds(2)
        /// So many gateways may hold leases of a service at one time.
        package var holders = 64
        /// So many revocations are kept for gateways that have not heard of them; one that is further behind asks for everything anew.
        package var history = 1024

        package init() {}
    }
}
