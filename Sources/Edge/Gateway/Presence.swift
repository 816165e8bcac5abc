// Where the gateway is in its life, as a proxy with several of them should see it: not yet here, here, or about to go.
//
// It is here once it has met every service, or has waited for them long enough: a service that is down is no reason to send nobody anything.

internal import Synchronization

final class Presence: Sendable {
    enum Stage: Equatable {
        case arriving, here, leaving
    }

    /// So long services are waited for.
    private static let patience = Duration.seconds(5)

    private let began: ContinuousClock.Instant
    private let isLeaving = Atomic(false)

    init(began: ContinuousClock.Instant = .now) { self.began = began }

    func now(hasMetAll: Bool, at time: ContinuousClock.Instant = .now) -> Stage {
        if isLeaving.load(ordering: .acquiring) { return .leaving }
        return hasMetAll || began.duration(to: time) >= Self.patience ? .here : .arriving
    }

    /// From now on a proxy should send others elsewhere.
    func leave() { isLeaving.store(true, ordering: .releasing) }
}
