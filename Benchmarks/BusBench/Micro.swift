import Bus

enum Micro {
    static func run(_ kind: String, _ n: Int, _ inFlight: Int) async throws {
        var handlers = Handlers()
        handlers.on(Bench.typed) { note, _ in note }
        handlers.on(Bench.suspending) { note, _ async in note }
        handlers.on(Bench.raw) { payload, _ in payload }
        let address = ServiceAddress(calls: "inproc://a", events: "inproc://b")
        let context = try BusContext()
        var c = NodeConfiguration(name: "bench", directory: ["bench": [address]])
        c.heartbeat = .seconds(1000); c.liveness = .seconds(3000)
        let server = try Node(c, context: context), client = try Node(c, context: context)
        try await server.serve(handlers, at: address)
        let bytes = RawPayload([UInt8](repeating: 0x78, count: Bench.payloadBytes))
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<inFlight {
                group.addTask(executorPreference: client.executor) {
                    for _ in 0..<n / inFlight {
                        switch kind {
                        case "typed": _ = try await client.call(Bench.typed, .sample)
                        case "suspending": _ = try await client.call(Bench.suspending, .sample)
                        default: _ = try await client.call(Bench.raw, bytes)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        Bench.say("\(kind) \(start.duration(to: .now) / n)")
    }
}
