// Calls with everything that a call of the ecosystem has: envelope, deadline, trace, limits, metrics, a typed handler.
//
// Callers are tasks beside the node's sockets, one a call in flight, each of which calls again when it has its answer. Handlers are the
// two kinds that there are: one that never waits, and one that could.

import Bus

enum CallBench {
    enum Payload: String {
        case typed, suspending, raw
    }

    static func serve(in directory: String) async throws {
        var handlers = Handlers()
        handlers.on(Bench.typed) { note, _ in note }
        handlers.on(Bench.suspending) { note, _ async in note }
        handlers.on(Bench.raw) { payload, _ in payload }
        let node = try Bench.node("bench", in: directory)
        try await node.serve(handlers, at: Bench.address(in: directory))
        try await Bench.stay()
    }

    static func call(in directory: String, _ payload: Payload, inFlight: Int, for length: Duration) async throws {
        let node = try Bench.node("caller", in: directory)
        let bytes = RawPayload([UInt8](repeating: 0x78, count: Bench.payloadBytes))
        let result =
            switch payload {
            case .typed: try await samples(of: node, Bench.typed, .sample, inFlight, length)
            case .suspending: try await samples(of: node, Bench.suspending, .sample, inFlight, length)
            case .raw: try await samples(of: node, Bench.raw, bytes, inFlight, length)
            }
        let rate = Int(Double(result.count) / length.inSeconds)
        let samples = result.kept.sorted()
        let (p50, p99) = (samples[samples.count / 2].inMicroseconds, samples[samples.count * 99 / 100].inMicroseconds)
        Bench.say("{\"perSecond\": \(rate), \"p50\": \(p50), \"p99\": \(p99)}")
        await node.shutDown()
    }

    /// How many calls there were, and how long some of them took: as many as say what all did, however long the run.
    private struct Samples {
        private static let most = 1 << 20
        var count = 0
        var kept: [Duration] = []

        mutating func add(_ duration: Duration, of inFlight: Int) {
            count += 1
            if kept.count < Self.most / inFlight { kept.append(duration) }
        }

        static func += (left: inout Samples, right: Samples) {
            left.count += right.count
            left.kept += right.kept
        }
    }

    private static func samples<Value: Codable & Sendable>(
        of node: Node,
        _ operation: Operation<Value, Value>,
        _ value: Value,
        _ inFlight: Int,
        _ length: Duration
    ) async throws -> Samples {
        // The first call waits for the connection.
        _ = try await node.call(operation, value)
        let start = ContinuousClock.now + Bench.warmUp
        return try await withThrowingTaskGroup(of: Samples.self) { group in
            for _ in 0..<inFlight {
                group.addTask(executorPreference: node.executor) {
                    try await call(node, operation, value, inFlight, from: start, until: start + length)
                }
            }
            return try await group.reduce(into: Samples()) { $0 += $1 }
        }
    }

    private static func call<Value>(
        _ node: Node,
        _ operation: Operation<Value, Value>,
        _ value: Value,
        _ inFlight: Int,
        from start: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async throws -> Samples {
        var samples = Samples()
        var before = ContinuousClock.now
        while before < end {
            _ = try await node.call(operation, value)
            let after = ContinuousClock.now
            if after >= start && after < end { samples.add(before.duration(to: after), of: inFlight) }
            before = after
        }
        return samples
    }
}
