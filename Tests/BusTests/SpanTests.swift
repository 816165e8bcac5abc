// What a service remembers of its calls.

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
}
