// A peer's key is replaced while calls go on: both keys are listed, replicas restart one after the other, the old key goes.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct KeyReplacementTests {
    static let peers: [String: (call: [String], subscribe: [String])] = [
        "echo": ([], []), "caller": (["echo.*"], []), "renewed": (["echo.*"], []),
    ]
    let bus: SecuredBus

    init() async throws { bus = try await SecuredBus(Self.peers) }

    /// Calls that follow each other without a pause: each step lets some more of them be answered.
    actor Flow {
        private let caller: Node
        private(set) var failures: [ErrorCode] = []
        private var answered = 0
        private var waiting: (until: Int, continuation: CheckedContinuation<Void, Never>)?
        private var task: Task<Void, Never>?

        init(_ caller: Node) { self.caller = caller }

        func begin() {
            task = Task {
                while !Task.isCancelled { note(await Self.one(caller)) }
            }
        }

        private nonisolated static func one(_ caller: Node) async -> ErrorCode? {
            await code { try await caller.call(Echo.say, .init(text: "")) }
        }

        private func note(_ failure: ErrorCode?) {
            answered += 1
            // The last one is cut short by `end`.
            if let failure, !Task.isCancelled { failures.append(failure) }
            guard let waiting, answered >= waiting.until else { return }
            self.waiting = nil
            waiting.continuation.resume()
        }

        /// Returns when some more have been answered.
        func goesOn() async { await withCheckedContinuation { waiting = (answered + 50, $0) } }

        /// What failed on the way.
        func end() async -> [ErrorCode] {
            task?.cancel()
            await task?.value
            return failures
        }
    }

    func list(_ name: String, _ keys: [PeerKey]) {
        var all = bus.keys.mapValues { [$0.publicKey] }
        all[name] = keys
        bus.trust.replace(with: SecuredBus.peers(Self.peers, all))
    }

    @Test func `a service's key is replaced, replica by replica, and no call fails`() async throws {
        let old = try #require(bus.keys["echo"])
        let new = try PeerKeyPair()
        var (first, firstAddress) = try await bus.echo()
        var (second, secondAddress) = try await bus.echo()
        let caller = try bus.node("caller", ["echo": [firstAddress, secondAddress]])
        _ = try await caller.call(Echo.say, .init(text: ""))
        let flow = Flow(caller)
        await flow.begin()
        await flow.goesOn()
        list("echo", [old.publicKey, new.publicKey])
        await flow.goesOn()
        await first.shutDown()
        (first, firstAddress) = try await bus.echo(at: firstAddress, keys: new)
        while await caller.stats().links.contains(where: { !$0.isReady }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        await second.shutDown()
        await flow.goesOn()
        (second, secondAddress) = try await bus.echo(at: secondAddress, keys: new)
        while await caller.stats().links.contains(where: { !$0.isReady }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        list("echo", [new.publicKey])
        await flow.goesOn()
        #expect(await flow.end() == [])
        // The old key is nobody's now.
        await second.shutDown()
        let (stale, staleAddress) = try await bus.echo(keys: old)
        let visitor = try bus.node("caller", ["echo": [staleAddress]])
        #expect(await code { try await visitor.call(Echo.say, .init(text: "")) } == .unavailable)
        for node in [visitor, caller, stale, first] { await node.shutDown() }
    }

    @Test
    func `a caller's key is replaced: both are let in, then the old one is refused, also on a connection that stands`()
        async throws
    {
        let old = try #require(bus.keys["caller"])
        let new = try PeerKeyPair()
        let (service, address) = try await bus.echo()
        let before = try bus.node("caller", ["echo": [address]])
        _ = try await before.call(Echo.say, .init(text: ""))
        list("caller", [old.publicKey, new.publicKey])
        let after = try bus.node("caller", ["echo": [address]], keys: new)
        for node in [before, after] { #expect(try await node.call(SecuredBus.who, .init(text: "")).text == "caller") }
        list("caller", [new.publicKey])
        #expect(try await after.call(SecuredBus.who, .init(text: "")).text == "caller")
        #expect(await code { try await before.call(Echo.say, .init(text: "")) } == .forbidden)
        let again = try bus.node("caller", ["echo": [address]], keys: old)
        #expect(await code { try await again.call(Echo.say, .init(text: "")) } == .unavailable)
        for node in [before, after, again, service] { await node.shutDown() }
    }
}
