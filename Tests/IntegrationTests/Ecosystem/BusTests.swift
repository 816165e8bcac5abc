// Services driven over the bus directly, as internal services and other tests do it.

import Bus
import Contracts
import EcosystemTesting
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(1))) struct EcosystemBusTests {
    @Test func `every service says that it is there`() async throws {
        try await TestEcosystem.run { ecosystem in
            for service in ["kms", "2fa", "service_a", "typesense_client"] {
                let pong = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: service)
                #expect(pong.service == service)
            }
        }
    }

    @Test func `an element created on the bus is an event and a document`() async throws {
        try await TestEcosystem.run { ecosystem in
            let element = CreateElement(
                elementType: .character,
                elementId: try #require(ElementID(7)),
                comment: try #require(Comment("Horatio, friend to Hamlet"))
            )
            let made = try await ecosystem.bus.call(SequenceOperations.create, element)
            #expect(made.sequenceNumber == 1)
            let subscription = try await ecosystem.bus.subscribe(SequenceOperations.changed, from: .offset(1))
            let change = try #require(try await subscription.next()?.first).decode(SequenceOperations.changed)
            #expect(change.element?.key == "character_7")
        }
    }

    @Test func `a repeat with the same idempotency key gives the first answer`() async throws {
        try await TestEcosystem.run { ecosystem in
            let element = CreateElement(
                elementType: .script,
                elementId: try #require(ElementID(1)),
                comment: try #require(Comment("once"))
            )
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await ecosystem.bus.call(SequenceOperations.create, element, idempotencyKey: "k1")
                            .sequenceNumber
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: 1, count: 20))
        }
    }

    @Test func `a principal without the role is refused on the bus as well`() async throws {
        try await TestEcosystem.run { ecosystem in
            let bob = Principal(kind: .user, subject: "bob", roles: ["user"])
            let failure = await #expect(throws: Failure.self) {
                try await ecosystem.bus.call("kms.keys.list", payload: Array("{}".utf8), as: bob)
            }
            #expect(failure?.code == .forbidden)
        }
    }
}
