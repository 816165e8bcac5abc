// Doors that are tried while they are opened and closed.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct VisitorTests {
    @Test func `a door that is opened again meanwhile is not taken for one where nobody is`() async throws {
        let bus = try await SecuredBus(["echo": ([], []), "caller": ([], [])])
        let (first, address) = try await bus.echo()
        await first.shutDown()
        let visitor = try Visitor()
        let (own, key) = (bus.keys["caller"], bus.keys["echo"]?.publicKey)
        async let outcome = visitor.knock(address.calls, as: own, expecting: key)
        let (second, _) = try await bus.echo(at: address)
        #expect(try await outcome == .letIn)
        await second.shutDown()
    }

    @Test func `where nobody is nobody is found`() async throws {
        let outcome = try await Visitor().knock("tcp://127.0.0.1:1", as: nil, expecting: nil)
        #expect(outcome == .nobody)
    }
}
