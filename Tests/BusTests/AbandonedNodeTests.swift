// Nodes that nobody shuts down: they end with their last reference, wherever their loop is at that moment.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct AbandonedNodeTests {
    /// The last reference is often that of a handler which ends on the loop, between two messages of one batch: the next message then
    /// finds a service without a node. That ended the process.
    @Test func `a service that is let go under load ends, and its process goes on`() async throws {
        let bus = try TestBus()
        for _ in 0..<20 {
            var service: Node?
            let address: ServiceAddress
            (service, address) = try await bus.echo(at: Transport.ipc.freshAddress())
            let caller = try bus.node("caller", ["echo": [address]])
            _ = try await caller.call(Echo.say, .init(text: ""))
            await withTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        // Refused or cut off, or answered before.
                        _ = await code { try await caller.call(Echo.say, .init(text: "\(number)")) }
                    }
                    if number == 100 { service = nil }
                }
            }
            #expect(service == nil)
            await caller.shutDown()
        }
    }

    @Test func `a caller that is let go ends, and its service goes on`() async throws {
        let bus = try TestBus()
        let (service, address) = try await bus.echo(at: Transport.ipc.freshAddress())
        for _ in 0..<20 {
            let caller = try bus.node("caller", ["echo": [address]])
            async let answer = caller.call(Echo.say, .init(text: "?"))
            #expect(try await answer.text == "?")
        }
        await service.shutDown()
    }
}
