// What a service remembers of its calls.

import Synchronization
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct SpanTests {
    private let trace = TraceContext.begin()

    private func record(_ name: String, took milliseconds: UInt64 = 1, isFailure: Bool = false) -> SpanRecord {
        SpanRecord(
            kind: .served,
            trace: trace.next(),
            name: name,
            other: "caller",
            began: 0,
            duration: milliseconds * 1_000_000,
            error: isFailure ? "internal" : nil,
            isFailure: isFailure
        )
    }

    private func limits(recent: Int = 4, notable: Int = 2) -> SpanLimits {
        var limits = SpanLimits()
        (limits.recent, limits.notable, limits.slow) = (recent, notable, .milliseconds(100))
        return limits
    }

    @Test func `the newest are kept, and of the slow and failed ones the newest of those`() throws {
        let ring = SpanRing(limits())
        ring.record(record("slow", took: 100))
        ring.record(record("failed", isFailure: true))
        for number in 1...6 { ring.record(record("quick \(number)")) }
        let all = try ring.page(SpanQuery(trace: trace.traceID), of: "x").spans.map(\.name)
        #expect(Set(all) == ["slow", "failed", "quick 3", "quick 4", "quick 5", "quick 6"])
        #expect(try ring.page(SpanQuery(), of: "x").spans.map(\.name) == ["slow", "failed"])
        #expect(try ring.page(SpanQuery(limit: 1), of: "x").spans.map(\.name) == ["failed"])
    }

    @Test func `nothing is kept where the topology says none`() throws {
        let ring = SpanRing(limits(recent: 0, notable: 0))
        ring.record(record("slow", took: 100))
        #expect(!ring.isOn)
        #expect(try ring.page(SpanQuery(trace: trace.traceID), of: "x").spans.isEmpty)
    }

    @Test(arguments: ["", "0", "00000000000000000000000000000000", "ABCDEF00000000000000000000000001"])
    func `what is no trace is refused`(_ text: String) {
        #expect(throws: Failure.self) { try SpanRing(limits()).page(SpanQuery(trace: text), of: "x") }
    }

    /// No figure that a loaded machine could miss: a hundred times what it costs on a quiet one, which is printed.
    @Test func `a span costs next to nothing`() {
        let ring = SpanRing(SpanLimits())
        let span = record("service_a.sequence.reorder")
        let took = ContinuousClock().measure { for _ in 0..<100_000 { ring.record(span) } } / 100_000
        print("a span costs \(took)")
        #expect(took < .microseconds(20))
    }

    @Test func `both sides of a call remember it, and the one knows which of the other's it is`() async throws {
        let echo = Operation<Empty, Empty>("echo.say", "Nothing", access: .peer, isIdempotent: true)
        let failing = Operation<Empty, Empty>("echo.fail", "Fails", access: .peer, isIdempotent: true)
        let address = ServiceAddress(calls: "inproc://\(trace.traceID).c", events: "inproc://\(trace.traceID).e")
        let context = try BusContext()
        let service = try Node(NodeConfiguration(name: "echo"), context: context)
        var handlers = Handlers()
        handlers.on(echo) { _, _ in Empty() }
        handlers.on(failing) { _, _ async throws in throw Failure(.unavailable, "Not now.") }
        try await service.serve(handlers, at: address)
        let caller = try Node(NodeConfiguration(name: "caller", directory: ["echo": [address]]), context: context)
        _ = try await caller.call("echo.say", payload: Array("{}".utf8), trace: trace)
        _ = try? await caller.call("echo.fail", payload: Array("{}".utf8), isIdempotent: true, trace: trace)
        _ = try await caller.call(BusOperations.ping, Empty(), on: "echo")

        let query = SpanQuery(trace: trace.traceID)
        let served = try await caller.call(BusOperations.spans, query, on: "echo")
        let called = try caller.spans.page(query, of: "caller").spans
        #expect(served.service == "echo" && served.spans.map(\.name) == ["echo.say", "echo.fail"])
        #expect(called.map(\.name) == ["echo.say", "echo.fail"] && called.map(\.other) == ["echo", "echo"])
        #expect(served.spans.map(\.parent) == called.map(\.span) && served.spans.map(\.other) == ["caller", "caller"])
        #expect(served.spans.map(\.error) == [nil, "unavailable"])
        #expect(zip(called, served.spans).allSatisfy { $0.duration >= $1.duration && $1.duration >= $1.queue })
        let failed = try await caller.call(BusOperations.spans, SpanQuery(), on: "echo")
        #expect(failed.spans.map(\.name) == ["echo.fail"])
        await caller.shutDown()
        await service.shutDown()
    }

    private typealias Told = Mutex<[String: [SpanRecord]]>

    /// Somebody whose spans are told and not kept.
    private func node(_ bus: TestBus, _ name: String, _ directory: [String: [ServiceAddress]] = [:], told: Shared<Told>)
        throws -> Node
    {
        var configuration = bus.configuration(name, directory)
        configuration.sharedSpans = SpanRing(limits(recent: 0, notable: 0)) { span in
            told.value.withLock { $0[name, default: []].append(span) }
        }
        return try Node(configuration, context: bus.context)
    }

    private final class Shared<Value: ~Copyable & Sendable>: Sendable {
        let value: Value
        init(_ value: consuming Value) { self.value = value }
    }

    @Test func `who follows hears of each span once, each behind the hop that made it`() async throws {
        let bus = try TestBus()
        let told = Shared(Told([:]))
        let outer = Operation<Empty, Empty>("outer.say", "Asks another", access: .peer, isIdempotent: true)
        let inner = Operation<Empty, Empty>("inner.say", "Nothing", access: .peer, isIdempotent: true)
        let (outside, inside) = (Transport.inproc.freshAddress(), Transport.inproc.freshAddress())
        let behind = try node(bus, "inner", told: told)
        let between = try node(bus, "outer", ["inner": [inside]], told: told)
        let caller = try node(bus, "caller", ["outer": [outside]], told: told)
        var (handlers, last) = (Handlers(), Handlers())
        last.on(inner) { _, _ in Empty() }
        handlers.on(outer) { _, _ async throws in try await between.call(inner, Empty()) }
        try await behind.serve(last, at: inside)
        try await between.serve(handlers, at: outside)
        _ = try await caller.call("outer.say", payload: Array("{}".utf8), isIdempotent: true, trace: trace)
        _ = try await caller.call(BusOperations.ping, Empty(), on: "outer")
        for node in [caller, between, behind] { await node.shutDown() }

        let all = told.value.withLock(\.self)
        #expect(all.mapValues(\.count) == ["caller": 1, "outer": 2, "inner": 1])
        let first = try #require(all["caller"]?.first)
        let served = try #require(all["outer"]?.first { $0.kind == .served })
        let called = try #require(all["outer"]?.first { $0.kind == .called })
        #expect(first.kind == .called && first.parent == trace.span && first.attempts == 1)
        #expect(served.parent == first.trace.span && called.parent == served.trace.span)
        #expect(called.trace.span != served.trace.span && called.name == "inner.say" && called.other == "inner")
        #expect(all["inner"]?.map(\.parent) == [called.trace.span])
        #expect(all.values.joined().allSatisfy { $0.trace.traceID == trace.traceID })
    }

    @Test func `a call that was tried twice is told as one that says so, in all its time`() async throws {
        let bus = try TestBus()
        let told = Shared(Told([:]))
        let isFirst = Shared(Mutex(true))
        var replicas: [(node: Node, address: ServiceAddress)] = []
        for _ in 0..<2 {
            let itself = Shared(Mutex<Node?>(nil))
            var handlers = Handlers()
            handlers.on(Echo.say) { text, _ async throws in
                let isVictim = isFirst.value.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                // Whoever is asked first does not live to answer.
                if isVictim, let node = itself.value.withLock(\.self) {
                    Task { await node.kill() }
                    await Gate().wait()
                }
                return text
            }
            replicas.append(try await bus.replica(handlers, .ipc))
            itself.value.withLock { $0 = replicas.last?.node }
        }
        let caller = try node(bus, "caller", ["echo": replicas.map(\.address)], told: told)
        // The first call makes the connections.
        _ = try? await caller.call(BusOperations.ping, Empty(), on: "echo")
        while await !caller.stats().links.allSatisfy(\.isReady) {
            try Task.checkCancellation()
            await Task.yield()
        }
        _ = try await caller.call(Echo.say, .init(text: "who answers"))
        let whole = try #require(told.value.withLock { $0["caller"] })
        #expect(whole.map(\.attempts) == [2] && whole.map(\.error) == [nil])
        for node in [caller] + replicas.map(\.node) { await node.shutDown() }
    }
}
