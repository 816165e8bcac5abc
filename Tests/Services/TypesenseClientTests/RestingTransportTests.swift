// An engine that is away is noticed in seconds, and asked by one at a time until it is back (issue 13).

import HTTPClient
import Synchronization
import Testing
import TypesenseClient

@Suite struct RestingTransportTests {
    /// What a node does: each request is answered with the next of these; the last one stays.
    private final class Node: HTTPTransport {
        let state = Mutex<(isAway: Bool, asked: Int)>((true, 0))

        func send(_ request: OutboundRequest) async throws -> TransportAnswer {
            let isAway = state.withLock { state in
                state.asked += 1
                return state.isAway
            }
            if isAway { throw HTTPClientError.timedOut }
            return TransportAnswer(status: 503, body: [])
        }

        var asked: Int { state.withLock { $0.asked } }
    }

    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private let request = OutboundRequest(.get, "http://127.0.0.1:8108/collections")

    @Test func `while a node is away nobody asks it, and then one`() async throws {
        let (node, clock) = (Node(), Clock())
        let transport = RestingTransport(node, now: { clock.now }, chance: { 1 })
        await #expect(throws: HTTPClientError.timedOut) { try await transport.send(request) }
        for _ in 1...5 { await #expect(throws: NodeIsResting.self) { try await transport.send(request) } }
        #expect(node.asked == 1)
        clock.advance(by: .milliseconds(100))
        await #expect(throws: HTTPClientError.timedOut) { try await transport.send(request) }
        clock.advance(by: .milliseconds(199))
        await #expect(throws: NodeIsResting.self) { try await transport.send(request) }
        #expect(node.asked == 2)
        // Another node of the cluster is not concerned.
        let other = OutboundRequest(.get, "http://127.0.0.1:8109/collections")
        await #expect(throws: HTTPClientError.timedOut) { try await transport.send(other) }
    }

    @Test func `a node that takes no writes is still asked questions`() async throws {
        let (node, clock) = (Node(), Clock())
        let transport = RestingTransport(node, now: { clock.now })
        let origin = "http://127.0.0.1:8108"
        let write = OutboundRequest(.post, origin + "/collections/c/documents/import?action=upsert")
        await #expect(throws: HTTPClientError.timedOut) { try await transport.send(write) }
        node.state.withLock { $0.isAway = false }
        for question in [OutboundRequest(.post, origin + "/multi_search"), request] {
            #expect(try await transport.send(question).status == 503)
        }
        await #expect(throws: NodeIsResting.self) { try await transport.send(write) }
        await #expect(throws: NodeIsResting.self) {
            try await transport.send(OutboundRequest(.delete, origin + "/collections/c"))
        }
    }

    @Test func `an answer of any status is a sign of life`() async throws {
        let (node, clock) = (Node(), Clock())
        let transport = RestingTransport(node, now: { clock.now })
        await #expect(throws: HTTPClientError.timedOut) { try await transport.send(request) }
        node.state.withLock { $0.isAway = false }
        clock.advance(by: .seconds(5))
        for _ in 1...3 { #expect(try await transport.send(request).status == 503) }
    }

    /// A node whose answers are more than the client takes.
    private struct Talker: HTTPTransport {
        func send(_ request: OutboundRequest) async throws -> TransportAnswer {
            throw HTTPClientError.tooLarge(limit: 1)
        }
    }

    @Test func `so is one that is too large`() async throws {
        let transport = RestingTransport(Talker())
        for _ in 1...3 {
            await #expect(throws: HTTPClientError.tooLarge(limit: 1)) { try await transport.send(request) }
        }
    }

    @Test func `pauses double up to five seconds, with jitter`() {
        var (rest, now) = (NodeRest(), ContinuousClock.now)
        var pauses: [Duration] = []
        rest.failed(rest.enter(at: now), at: now, chance: 1)
        for _ in 1...8 {
            var pause = Duration.zero
            while rest.enter(at: now + pause) == .refused { pause += .milliseconds(50) }
            pauses.append(pause)
            now += pause
            rest.failed(.probe, at: now, chance: 1)
        }
        let expected = [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) }
        #expect(pauses == expected)
        var half = NodeRest()
        half.failed(half.enter(at: now), at: now, chance: 0)
        #expect(half.enter(at: now + .milliseconds(49)) == .refused)
        #expect(half.enter(at: now + .milliseconds(50)) == .probe)
    }

    @Test func `there is one probe, and one that was given up makes room for the next`() {
        let now = ContinuousClock.now
        var rest = NodeRest()
        rest.failed(rest.enter(at: now), at: now, chance: 0)
        let later = now + .seconds(1)
        #expect(rest.enter(at: later) == .probe)
        #expect(rest.enter(at: later) == .refused)
        // One that was under way when the node went is no news.
        rest.failed(.open, at: later, chance: 1)
        rest.leftOpen(.probe)
        #expect(rest.enter(at: later) == .probe)
        rest.answered()
        #expect(rest.enter(at: later) == .open)
    }
}
