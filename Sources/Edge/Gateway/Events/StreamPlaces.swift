// How many streams there may be: in all, from one address, for one principal. Pure but for its holder. They are no places of requests.

internal import Bus
internal import Synchronization
internal import Topology

struct StreamPlaces: Sendable {
    enum Entry: Sendable, Equatable { case taken, full, clientHasItsOwn(Int), principalHasItsOwn(Int) }

    /// Whose place it is.
    struct Holder: Sendable, Equatable {
        let client: String
        /// Nil where nobody has logged in.
        let principal: String?
    }

    let most: Int
    let mostOfClient: Int
    let mostOfPrincipal: Int
    private(set) var taken = 0
    private var clients: [String: Int] = [:]
    private var principals: [String: Int] = [:]

    init(most: Int, mostOfClient: Int, mostOfPrincipal: Int) {
        (self.most, self.mostOfClient, self.mostOfPrincipal) = (most, mostOfClient, mostOfPrincipal)
    }

    mutating func enter(_ holder: Holder) -> Entry {
        guard clients[holder.client, default: 0] < mostOfClient else { return .clientHasItsOwn(mostOfClient) }
        if let principal = holder.principal, principals[principal, default: 0] >= mostOfPrincipal {
            return .principalHasItsOwn(mostOfPrincipal)
        }
        guard taken < most else { return .full }
        taken += 1
        clients[holder.client, default: 0] += 1
        if let principal = holder.principal { principals[principal, default: 0] += 1 }
        return .taken
    }

    mutating func leave(_ holder: Holder) {
        taken -= 1
        Self.decrease(holder.client, &clients)
        if let principal = holder.principal { Self.decrease(principal, &principals) }
    }

    private static func decrease(_ name: String, _ counts: inout [String: Int]) {
        let left = counts[name, default: 1] - 1
        counts[name] = left > 0 ? left : nil
    }
}

extension StreamPlaces.Entry {
    /// What one who gets no place is told.
    var refusal: Failure? {
        switch self {
        case .taken: nil
        case .full: Failure(.overloaded, "The gateway has as many streams as it may have.", retryAfter: 5)
        case .clientHasItsOwn(let most):
            Failure(.tooManyRequests, "One address may have \(most) streams at a time.", retryAfter: 5)
        case .principalHasItsOwn(let most):
            Failure(.tooManyRequests, "One user or key may have \(most) streams at a time.", retryAfter: 5)
        }
    }
}
