// What every declaration must satisfy to be mounted.

import Bus
import Contracts
import Testing

@Suite struct RoutesTests {
    static let declared: [OperationDescription] = [
        SequenceOperations.create.description, SequenceOperations.reorder.description,
        SequenceOperations.version.description, SequenceOperations.read.description,
        SequenceOperations.list.description, SequenceOperations.history.description,
        SequenceOperations.delete.description, SearchOperations.search.description,
        SearchOperations.searchByQuery.description, SearchOperations.sync.description,
        SearchOperations.parked.description, SearchOperations.replayParked.description,
        SearchOperations.discardParked.description, SearchOperations.collections.description,
        SearchOperations.collection.description, SearchOperations.verify.description,
        SearchOperations.remove.description, SearchOperations.reindex.description,
        SearchOperations.reindexStatus.description, SearchOperations.createCollection.description,
        SearchOperations.dropCollection.description, SearchOperations.importDocuments.description,
    ]

    @Test func `names and routes occur once`() {
        #expect(Set(Self.declared.map(\.name)).count == Self.declared.count)
        let routes = Self.declared.map {
            "\($0.name.prefix { $0 != "." }) \($0.route?.method ?? "") \($0.route?.path ?? "")"
        }
        #expect(Set(routes).count == routes.count)
    }

    @Test(arguments: declared.map(\.name)) func `the braces of a path are required fields of the input`(name: String)
        throws
    {
        let operation = try #require(Self.declared.first { $0.name == name })
        let path = try #require(operation.route).path
        let inBraces = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        #expect(Set(inBraces).isSubset(of: operation.input.required ?? []))
    }

    @Test func `a success without a body has no output schema, unless it becomes fields`() {
        for operation in Self.declared where operation.success == 204 {
            #expect((operation.output == nil) == (operation.headers?.offset == nil), "\(operation.name)")
        }
        #expect(SequenceOperations.delete.description.success == 204)
    }
}
