// The module as the bus sees it: bytes in, bytes out, by operation name.

import Bus
import Contracts
import ServiceA
import Testing

@Suite struct HandlersTests {
    private let handlers = ServiceA.handlers(store: InMemorySequenceStore())

    private func call(_ operation: String, _ json: String, key: String? = nil) async throws -> String {
        let entry = try #require(handlers.entries[operation])
        let context = CallContext(operation: operation, idempotencyKey: key)
        let answer = String(decoding: try await entry.body(Array(json.utf8)[...], context), as: UTF8.self)
        // The epoch is random.
        return answer.replacing(/"position":"[0-9]+:[0-9]+",/, with: "")
    }

    @Test func `every operation of the declaration is bound`() {
        #expect(
            handlers.descriptions.map(\.name) == [
                "service_a.sequence", "service_a.sequence.batch", "service_a.sequence.delete",
                "service_a.sequence.digests", "service_a.sequence.empty", "service_a.sequence.history",
                "service_a.sequence.list",
                "service_a.sequence.move", "service_a.sequence.range", "service_a.sequence.read",
                "service_a.sequence.reorder",
                "service_a.sequence.version", "service_a.sequences",
            ]
        )
    }

    @Test func `a whole life in JSON`() async throws {
        let create = #"{"elementType":"script","elementId":1,"comment":"Hamlet"}"#
        let created = #"{"comment":"Hamlet","revision":1,"sequenceNumber":1}"#
        #expect(try await call("service_a.sequence", create, key: "k") == created)
        #expect(try await call("service_a.sequence", create, key: "k") == created)
        let version = #"{"elementType":"script","elementId":1,"newVersionData":{"acts":5},"comment":"in five acts"}"#
        #expect(
            try await call("service_a.sequence.version", version)
                == #"{"comment":"in five acts","revision":2,"versionNumber":2}"#
        )
        let name = #"{"elementType":"script","elementId":1}"#
        #expect(
            try await call("service_a.sequence.read", name) == """
                {"comment":"in five acts","data":{"acts":5},"elementId":1,"elementType":"script",\
                "place":562949953421312,"revision":2,"sequenceName":"script","sequenceNumber":1,"versionNumber":2}
                """
        )
        #expect(try await call("service_a.sequence.delete", name) == #"{"revision":3}"#)
        let failure = await #expect(throws: Failure.self) { try await call("service_a.sequence.read", name) }
        #expect(failure?.code == .notFound)
    }
}
