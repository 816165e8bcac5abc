// Where the topology asks for conditions, a change without one is refused.

import Bus
import HTTPServer
import Testing

@testable import Gateway

@Suite struct ConditionsTests {
    private struct Change: Codable, Sendable { let ifRevision: [Int]? }

    private let change = Operation<Change, Empty>(
        "s.change",
        "Changes",
        .post("/change"),
        access: .public,
        headers: HeaderMembers(ifMatch: "ifRevision")
    ).description
    private let other = Operation<Empty, Empty>("s.other", "Changes too", .post("/other"), access: .public).description

    private func code(
        _ headers: [(name: String, value: String)] = [],
        body: JSONValue? = nil,
        method: String = "POST",
        areRequired: Bool = true,
        of operation: OperationDescription? = nil
    ) -> String? {
        do throws(Failure) {
            let request = HTTPRequest(method: method, path: "/change", headers: HTTPFields(headers))
            let conditions = try Conditions(request, of: operation ?? change, areRequired: areRequired)
            var members: [String: JSONValue] = [:]
            try conditions.join(&members, body: body)
            return nil
        } catch {
            return error.code.name
        }
    }

    @Test func `a change without a condition is 428, and only where that is asked for`() {
        #expect(code() == "precondition_required")
        #expect(code(body: .object(["ifRevision": .null])) == "precondition_required")
        #expect(code(areRequired: false) == nil)
    }

    @Test func `a condition may be in the header or in the body, and a star is one`() {
        #expect(code([(name: "If-Match", value: "\"17\"")]) == nil)
        #expect(code([(name: "If-Match", value: "*")]) == nil)
        #expect(code(body: .object(["ifRevision": .array([.integer(17)])])) == nil)
    }

    @Test func `reads, and changes that can have none, need none`() {
        #expect(code(method: "GET") == nil)
        #expect(code(of: other) == nil)
    }
}
