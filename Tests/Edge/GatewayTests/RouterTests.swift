// Which operation or page a method and a path lead to, at the main origin and at a service's own, and which routes are never mounted.

import Bus
import Testing
import Topology

@testable import Gateway

@Suite struct RouterTests {
    /// A table with one service at `/s` whose operations are the given routes.
    func table(_ routes: (String, String)...) -> (table: RouteTable, refused: [String]) {
        var table = RouteTable([service])
        let refused = table.mount(routes.enumerated().map { describe("s.o\($0)", $1.0, $1.1) }, of: "s")
        return (table, refused)
    }

    let service = Topology.Service(name: "s", prefix: "/s", replicas: [], run: false)

    func describe(_ name: String, _ method: String, _ path: String) -> OperationDescription {
        struct Names: Codable, Sendable { let a: String?, b: String? }
        return Operation<Names, Names>(name, "", Route(method, path), access: .public).description
    }

    /// `o1 a=x b=y`, or what else came of it.
    func resolve(_ table: RouteTable, _ method: String, _ path: String, at origin: String? = nil) -> String {
        switch table.resolve(method, path, at: origin) {
        case .operation(let mounted, let parameters):
            ([String(mounted.description.name.dropFirst(2))] + parameters.map { "\($0.name)=\($0.text)" }).joined(
                separator: " "
            )
        case .page(let page): "page \(page)"
        case .events: "events"
        case .options(let allow): "options \(allow.joined(separator: ","))"
        case .methodNotAllowed(let allow): "405 \(allow.joined(separator: ","))"
        case .unmet(let service): "unmet \(service)"
        case .notFound: "404"
        }
    }

    @Test(
        arguments: [
            ("OPTIONS", "/s/parked/replay", "options POST,OPTIONS"), ("DELETE", "/s/parked/replay", "405 POST,OPTIONS"),
            ("POST", "/s/parked/replay", "o1"), ("DELETE", "/s/parked/7", "o0 n=7"),
            ("DELETE", "/s/parked/x", "o0 n=x"),
            ("OPTIONS", "/s/parked/7", "options DELETE,OPTIONS"),
            ("OPTIONS", "/s/parked", "options GET,HEAD,OPTIONS"), ("DELETE", "/s/parked", "405 GET,HEAD,OPTIONS"),
            ("DELETE", "/s/spoilt", "o2 id=spoilt"),
        ]
    )
    func `an operation is not at a path that another one has as it is written`(
        method: String,
        path: String,
        outcome: String
    ) {
        struct Number: Codable, Sendable { let n: Int }
        struct Name: Codable, Sendable { let id: String }
        var table = RouteTable([service])
        let refused = table.mount(
            [
                Operation<Number, Empty>("s.o0", "", .delete("/parked/{n}"), access: .public).description,
                describe("s.o1", "POST", "/parked/replay"),
                Operation<Name, Empty>("s.o2", "", .delete("/{id}"), access: .public).description,
                describe("s.o3", "GET", "/parked"),
            ],
            of: "s"
        )
        #expect(refused.isEmpty)
        #expect(resolve(table, method, path) == outcome)
    }

    @Test(
        arguments: [
            ("GET", "/s/things", "o0"), ("HEAD", "/s/things", "o0"), ("POST", "/s/things", "o1"),
            ("GET", "/s/things/7", "o2 a=7"), ("GET", "/s/things/all", "o3"), ("GET", "/s/things/7/x", "o4 a=7 b=x"),
            ("GET", "/s/things/all/x", "o4 a=all b=x"), ("DELETE", "/s/things/all", "405 GET,HEAD,OPTIONS"),
            ("GET", "/s", "o6"),
            ("GET", "/s/", "o6"), ("GET", "/s/things/a%2Fb%20c", "o2 a=a/b c"), ("GET", "/s/things/%C3%A9", "o2 a=é"),
            ("GET", "/s/th%69ngs", "o0"), ("PUT", "/s/things", "405 GET,HEAD,POST,OPTIONS"),
            ("OPTIONS", "/s/things/all", "options GET,HEAD,OPTIONS"),
            ("get", "/s/things", "405 GET,HEAD,POST,OPTIONS"),
            ("GET", "/s/nothing", "404"), ("GET", "/s/things/", "404"), ("GET", "/s//things", "404"),
            ("GET", "//s/things", "404"),
            ("GET", "/S/things", "404"), ("GET", "/things", "404"), ("GET", "/s/things/7/x/y", "404"),
            ("GET", "/s/things/..", "404"), ("GET", "/s/things/%2e%2E", "404"), ("GET", "/s/things/%FF", "404"),
            ("GET", "/s/things/\(String(repeating: "%CC%81%CC%96", count: 16))", "404"),
            ("GET", "/s/things/%00", "404"), ("GET", "/s/things/a%0Ab", "404"), ("GET", "/health", "page health"),
            ("GET", "/", "page landing"), ("POST", "/health", "405 GET,HEAD,OPTIONS"),
            ("OPTIONS", "/docs", "options GET,HEAD,OPTIONS"),
            ("GET", "*", "404"), ("GET", "/health/", "404"),
        ]
    )
    func `a request finds its route`(method: String, path: String, outcome: String) {
        let (table, refused) = table(
            ("GET", "/things"),
            ("POST", "/things"),
            ("GET", "/things/{a}"),
            ("GET", "/things/all"),
            ("GET", "/things/{a}/{b}"),
            ("DELETE", "/things/{a}"),
            ("GET", "/")
        )
        #expect(refused.isEmpty)
        #expect(resolve(table, method, path) == outcome)
    }

    @Test func `on a service's own port its prefix is stripped`() {
        let (table, _) = table(("GET", "/things/{a}"))
        #expect(resolve(table, "GET", "/things/7", at: "s") == "o0 a=7")
        #expect(resolve(table, "GET", "/s/things/7", at: "s") == "404")
        #expect(resolve(table, "GET", "/health", at: "s") == "page health")
        #expect(resolve(table, "GET", "/docs", at: "s") == "page docs")
        #expect(resolve(table, "GET", "/metrics", at: "s") == "page metrics")
    }

    @Test func `a service that was not met has its prefix all the same`() {
        let table = RouteTable([service])
        #expect(resolve(table, "GET", "/s/things") == "unmet s")
        #expect(resolve(table, "OPTIONS", "/s") == "unmet s")
        #expect(resolve(table, "GET", "/t") == "404")
        #expect(table.unmet == ["s"])
    }

    @Test(
        arguments: [
            (("GET", "/x/{a}"), "o1: taken(by: \"s.o0\")"), (("PUT", "/x/{b}"), "o1: otherName(\"a\")"),
            (("GET", "x"), "o1: path"), (("GET", "/x//y"), "o1: path"), (("GET", "/{a}/{a}"), "o1: path"),
            (("GET", "/{}"), "o1: path"), (("GET", "/x{a}"), "o1: path"), (("GET", "/../x"), "o1: path"),
            (("GET", "/{c}"), "o1: parameter(\"c\")"), (("TRACE", "/y"), "o1: method"), (("get", "/y"), "o1: method"),
        ]
    )
    func `a route that is wrong, or in another's way, is refused; the others stay`(
        route: (String, String),
        reason: String
    ) {
        let (table, refused) = table(("GET", "/x/{a}"), route)
        #expect(refused == ["s.\(reason)"])
        #expect(resolve(table, "GET", "/s/x/1") == "o0 a=1")
    }

    @Test(arguments: ["kms.login", "s", "s.", "sx.a", "s.a b", "s.a\"", "s." + String(repeating: "x", count: 127)])
    func `a service cannot speak for another, nor by an unfit name`(name: String) {
        #expect(throws: MountedOperation.Flaw.name) {
            try MountedOperation(describe(name, "GET", "/x"), of: "s", prefix: "/s")
        }
    }

    @Test func `what is for peers only is never mounted`() {
        var table = RouteTable([service])
        let peers = Operation<Empty, Empty>("s.peers", "", .post("/peers"), access: .peer).description
        let routeless = Operation<Empty, Empty>("s.bus", "", access: .public).description
        #expect(table.mount([peers, routeless], of: "s").isEmpty)
        #expect(resolve(table, "POST", "/s/peers") == "404")
        #expect(table.operations.isEmpty)
    }

    @Test func `a service that comes back with other routes has only those`() {
        var (table, _) = table(("GET", "/old"))
        _ = table.mount([describe("s.new", "GET", "/new")], of: "s")
        #expect(resolve(table, "GET", "/s/old") == "404")
        #expect(resolve(table, "GET", "/s/new") == "new")
    }

    @Test func `a path is found as deep as the tree goes, also on the way back, and no deeper`() {
        func deep(_ count: Int) -> String { String(repeating: "/x", count: count) }
        let (table, refused) = table(("GET", "/{a}" + deep(20)), ("GET", deep(20)))
        #expect(refused.isEmpty)
        #expect(resolve(table, "GET", "/s" + deep(20)) == "o1")
        #expect(resolve(table, "GET", "/s" + deep(21)) == "o0 a=x")
        #expect(resolve(table, "GET", "/s" + deep(22)) == "404")
        #expect(resolve(table, "GET", "/s" + deep(10_000)) == "404")
    }
}
