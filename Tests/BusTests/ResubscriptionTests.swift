// libzmq#4064: subscriptions are messages. A SUB that comes back with more of them than its high-water mark loses the rest, silently and
// for good. Here each subscription has a connection of its own, with one filter.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ResubscriptionTests {
    static let topics = (1...20).map { "echo.said.\($0)" }
    let bus: TestBus

    init() throws { bus = try TestBus() }

    /// With room for one frame in a connection's queue.
    func subscriber(of address: ServiceAddress) throws -> Node {
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        configuration.highWaterMark = 8
        return try Node(configuration, context: bus.context)
    }

    @Test(arguments: [Transport.ipc, .tcp])
    func `every subscription hears what is new after its publisher has been restarted`(transport: Transport)
        async throws
    {
        let log = MemoryEventLog(topics: Self.topics)
        var (service, address) = try await bus.echo(at: transport.freshAddress(), log: log)
        let subscriber = try subscriber(of: address)
        var subscriptions: [Subscription] = []
        for topic in Self.topics {
            subscriptions.append(try await subscriber.subscribe(topic, publisher: "echo", from: .offset(1)))
        }
        for life: UInt64 in 1...5 {
            for topic in Self.topics { log.append(topic, key: "", payload: []) }
            for subscription in subscriptions { #expect(try await subscription.next()?.map(\.offset) == [life]) }
            await service.kill()
            (service, _) = try await bus.echo(at: address, log: log)
        }
        await subscriber.shutDown()
        await service.shutDown()
    }
}
