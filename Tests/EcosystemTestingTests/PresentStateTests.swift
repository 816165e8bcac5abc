// An empty index and a pruned log: the way out, with the real Service A, the real index and a real bus between.

import Bus
import Contracts
import Logging
import ServiceA
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct PresentStateTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func create(_ id: Int, _ type: ElementType, in store: any SequenceStore) async throws {
        let request = CreateElement(
            elementType: type,
            elementId: try #require(ElementID(id)),
            comment: try #require(Comment("line \(id)"))
        )
        _ = try await store.create(request, once: nil)
    }

    @Test(arguments: [false, true])
    func `an index that was lost when its events were gone has every element again, and follows on`(
        inMemory: Bool
    ) async throws {
        let store: any SequenceStore = inMemory ? InMemorySequenceStore() : try DatabaseSequenceStore(.memory)
        for id in 1...40 { try await create(id, id.isMultiple(of: 2) ? .script : .action, in: store) }
        let first = try #require(ElementID(2))
        _ = try await store.delete(DeleteElement(elementType: .script, elementId: first), once: nil)
        let topic = SequenceOperations.changed.name
        _ = try await store.events.consumers?.prune(topic, before: 30, limit: .max)

        let (context, address) = (try BusContext(), Transport.inproc.address())
        let service = try Node(NodeConfiguration(name: "service_a"), context: context)
        try await service.serve(ServiceA.handlers(store: store), log: store.events, at: address)
        let configuration = NodeConfiguration(name: "index", directory: ["service_a": [address]])
        let node = try Node(configuration, context: context)
        let engine = try BuiltInEngine(.memory)
        let indexer = Indexer(engine, present: PresentElements(node, pageSize: 7), logger: Self.logger)
        let indexing = Task {
            try await indexer.run { checkpoint in
                let subscription = try await node.subscribe(
                    SequenceOperations.changed,
                    as: "index",
                    from: checkpoint.map { .checkpoint(epoch: $0.epoch, next: $0.offset + 1) } ?? .offset(1)
                )
                return Indexer.Source {
                    try await subscription.next()
                } acknowledge: {
                    await subscription.acknowledge($0)
                }
            }
        }
        while try await engine.collections().first?.documentCount != 39 {
            try Task.checkCancellation()
            await Task.yield()
        }
        try await create(41, .script, in: store)
        while try await engine.collections().first?.documentCount != 40 {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(try await engine.checkpoint()?.offset == (try await store.events.heads().first?.head))
        #expect(try await engine.parked().isEmpty)
        await node.shutDown()
        _ = await indexing.result
        await service.shutDown()
    }
}
