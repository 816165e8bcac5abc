// Many long changes at once, with little time for each: what is answered is what happened.

import Bus
import Contracts
import Foundation
import ServiceA
import Storage
import Testing

@Suite(.timeLimit(.minutes(2))) struct TruthfulAnswersTests {
    private enum Answer { case done, late, unknown }

    @Test func `sixty deletes at once beside a writer are answered truly`() async throws {
        let store = try DatabaseSequenceStore(.file(StoreKind.newPath()))
        let size = 300
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...size { group.addTask { try await store.create(.action, id) } }
            try await group.waitForAll()
        }
        let context = try BusContext()
        let name = UUID().uuidString
        let address = ServiceAddress(calls: "inproc://\(name).calls", events: "inproc://\(name).events")
        let service = try Node(NodeConfiguration(name: "service_a"), context: context)
        _ = try await service.serve(ServiceA.handlers(store: store), at: address)
        let caller = try Node(NodeConfiguration(name: "caller", directory: ["service_a": [address]]), context: context)
        _ = try await caller.call(BusOperations.ping, Empty(), on: "service_a")

        async let written = Self.write(by: caller)
        let deletes = await withTaskGroup(of: Answer.self) { group in
            for id in 1...60 {
                group.addTask {
                    await Self.answer {
                        _ = try await caller.call(
                            SequenceOperations.delete,
                            DeleteElement(elementType: .action, elementId: try #require(ElementID(id))),
                            timeout: .milliseconds(100)
                        )
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let created = await written
        for node in [caller, service] { await node.shutDown() }

        let left = try await store.list(ListElements(elementType: .action, limit: PageLimit(1)))
        try Self.check(deletes, against: size - left.total)
        let added = try await store.list(ListElements(elementType: .script, limit: PageLimit(1)))
        try Self.check(created, against: added.total)
    }

    private static func write(by caller: Node) async -> [Answer] {
        var answers: [Answer] = []
        for id in 1...40 {
            answers.append(
                await answer {
                    let request = CreateElement(
                        elementType: .script,
                        elementId: try #require(ElementID(id)),
                        comment: try #require(Comment(""))
                    )
                    _ = try await caller.call(SequenceOperations.create, request, timeout: .milliseconds(100))
                }
            )
        }
        return answers
    }

    private static func answer(_ call: () async throws -> Void) async -> Answer {
        do {
            try await call()
            return .done
        } catch {
            let failure = error as? Failure
            let certain = ["Nothing was changed.", "It was not begun.", "Nothing was sent."]
            return certain.contains { failure?.detail.hasSuffix($0) == true } ? .late : .unknown
        }
    }

    private static func check(_ answers: [Answer], against happened: Int) throws {
        let (done, unknown) = (answers.count { $0 == .done }, answers.count { $0 == .unknown })
        #expect((done...done + unknown).contains(happened), "\(done) done, \(unknown) unknown, \(happened) happened")
        // Half a second is long enough for what a transaction of 20 ms and one long change leave open.
        #expect(unknown <= 1)
    }
}
