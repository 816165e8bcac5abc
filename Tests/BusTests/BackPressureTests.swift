// A subscriber leaves in its socket what its buffers do not take: nothing is dropped that would have to be asked for again.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct BackPressureTests {
    /// A block of such events is less than a quarter of it, as with the defaults.
    static let capacity = 1_024
    static let payload = [UInt8](repeating: 1, count: 100)
    let bus: TestBus

    init() throws { bus = try TestBus() }

    @Test(arguments: [Transport.inproc, .ipc])
    func `what comes faster than it is taken waits, and comes live`(transport: Transport) async throws {
        let log = AskedLog()
        let (service, address) = try await bus.echo(at: transport.freshAddress(), log: log)
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        configuration.eventBuffer = Self.capacity
        let subscriber = try Node(configuration, context: bus.context)
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        let (before, pages) = try await comeLive(subscription, log)

        for _ in 0..<5_000 { log.log.append("echo.said", key: "k", payload: Self.payload) }
        var taken: [UInt64] = []
        while taken.count < 5_000, let events = try await subscription.next(limit: 100) {
            taken += events.map(\.offset)
            // Slower than they come.
            _ = try await subscriber.call(BusOperations.ping, Empty(), on: "echo")
        }
        #expect(taken == Array(before + 1...before + 5_000))
        #expect(log.pages.count == pages)
        await subscriber.shutDown()
        await service.shutDown()
    }

    /// Until an event comes without a page of the log: then the connection stands. Returns its offset, and how many pages were asked.
    private func comeLive(_ subscription: Subscription, _ log: AskedLog) async throws -> (UInt64, Int) {
        var (last, pages) = (UInt64(0), -1)
        while pages != log.pages.count || pages == 0 {
            pages = log.pages.count
            log.log.append("echo.said", key: "k", payload: Self.payload)
            last = try await subscription.next()?.last?.offset ?? last
        }
        return (last, pages)
    }
}
