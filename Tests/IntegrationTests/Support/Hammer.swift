// Clients that send one request over and over, and remember of each answer when its request began.

import Ecosystem
import Synchronization

final class Hammer: Sendable {
    struct Answer: Sendable {
        let client: Int
        let began: ContinuousClock.Instant
        let status: Int
    }

    private let path: String
    private let answers = Mutex<[Answer]>([])
    private let revoked = Mutex<ContinuousClock.Instant?>(nil)
    private let clients: [EdgeClient]

    /// Each of `clients` is one client; two gateways are two kinds of client.
    init(_ clients: [EdgeClient], _ path: String = "/service_a/sequence?elementType=script") {
        (self.clients, self.path) = (clients, path)
    }

    /// Hammers; once every client has been let in so often calls `revoke`; goes on until every client has asked so often again.
    ///
    /// - Returns: The answers to requests that began before `revoke` had returned, and to those that began after it.
    func run(
        _ count: Int,
        _ revoke: @escaping @Sendable () async throws -> Void
    ) async throws -> (before: [Answer], after: [Answer]) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in clients.indices { group.addTask { try await self.send(number, count) } }
            group.addTask {
                while !self.has(count, { $0.status == 200 }) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                try await revoke()
                self.revoked.withLock { $0 = .now }
            }
            // One after the other, since `waitForAll` would wait for clients whom nobody ends where `revoke` has failed.
            for try await () in group {}
        }
        let end = try revoked.withLock { $0 }.orThrow()
        let all = answers.withLock(\.self)
        return (all.filter { $0.began < end }, all.filter { $0.began >= end })
    }

    private func send(_ number: Int, _ count: Int) async throws {
        var left = count
        while left > 0 {
            // Looked at first: what counts as after it has begun after it.
            let isAfter = revoked.withLock { $0 != nil }
            let began = ContinuousClock.now
            let status = try await clients[number].get(path).status
            answers.withLock { $0.append(Answer(client: number, began: began, status: status)) }
            if isAfter { left -= 1 }
        }
    }

    private func has(_ count: Int, _ isCounted: (Answer) -> Bool) -> Bool {
        let counts = answers.withLock { $0 }.filter(isCounted).reduce(into: [:]) { $0[$1.client, default: 0] += 1 }
        return clients.indices.allSatisfy { counts[$0, default: 0] >= count }
    }
}

extension Optional {
    struct Missing: Error {}

    fileprivate func orThrow() throws -> Wrapped {
        guard let self else { throw Missing() }
        return self
    }
}
