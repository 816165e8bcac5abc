// The gateway's own pages over real sockets: health, readiness, numbers, documentation, and an OpenAPI document that another's tool takes.

import Bus
import Foundation
import RecordedLogs
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct OwnPagesTests {
    @Test func `health says exactly that, to anybody, whatever they bring`() async throws {
        try await TestEdge.run(serving: false) { edge async throws in
            for token in [nil, "rubbish"] {
                let answer = try await edge.send("GET", "/health", token: token)
                #expect(answer.status == 200)
                #expect(answer.text == #"{"status":"healthy"}"#)
                #expect(answer["Content-Type"] == "application/json")
            }
        }
    }

    @Test func `pages are whole, with nothing from elsewhere and nothing within that could be run`() async throws {
        try await TestEdge.run { edge async throws in
            for path in ["/", "/docs", "/problems"] {
                let answer = try await edge.send("GET", path)
                #expect(answer.status == 200)
                #expect(answer["Content-Type"] == "text/html; charset=utf-8")
                #expect(answer["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
                let policy = answer["Content-Security-Policy"] ?? ""
                #expect(!policy.contains("unsafe") && policy.contains("require-trusted-types-for 'script'"))
                let own = answer.text.replacing(#"<script src="/docs.js" defer></script>"#, with: "")
                #expect(own.contains("</html>") && (path == "/docs") == (own != answer.text))
                for bad in ["<script", "src=", "style=", "<style", " onclick", "http://", "https://"] {
                    #expect(!own.contains(bad), "\(path) \(bad)")
                }
            }
            for (path, type) in [
                ("/docs.js", "text/javascript; charset=utf-8"), ("/docs.css", "text/css; charset=utf-8"),
            ] {
                for service in [nil, "service_a"] {
                    let answer = try await edge.send("GET", path, at: service)
                    #expect(answer.status == 200 && answer["Content-Type"] == type)
                }
            }
            let docs = try await edge.send("GET", "/docs").text
            #expect(docs.contains("/service_a/things/{kind}/{id}"))
            #expect(docs.contains("an integer, 1–1000000"))
            #expect(!docs.contains("service_a.peers"))
        }
    }

    /// To Swift some of these are one Character with what is before or behind the sign; to a browser they are not.
    @Test(arguments: ["", "\u{600}", "\u{E33}", "\u{301}", "\u{200D}", "\u{FE0F}", "\r", "<", "&"])
    func `no word of others becomes markup, whatever stands beside it`(company: String) {
        let signs = Array("<>&\"".unicodeScalars)
        for sign in signs.map(String.init) {
            for text in [company + sign + "meta", sign + company, company + sign + company] {
                let escaped = HTML.escape(text)
                #expect(!escaped.unicodeScalars.contains { "<>\"".unicodeScalars.contains($0) })
                #expect(escaped.utf8.split(separator: UInt8(ascii: "&")).dropFirst().allSatisfy { $0.contains(0x3B) })
            }
        }
        let kept = "\(company)plain ü e\u{301}\(company)"
        if !["<", "&"].contains(company) { #expect(Array(HTML.escape(kept).utf8) == Array(kept.utf8)) }
    }

    @Test func `every operation of the documentation can be tried, at each origin under its own path`() async throws {
        try await TestEdge.run { edge async throws in
            let docs = try await edge.send("GET", "/docs").text
            let operations = edge.gateway.directory.table.operations
            for mounted in operations {
                #expect(docs.contains("data-method=\"\(mounted.method)\" data-path=\"\(mounted.route)\""))
            }
            let labels = docs.split(separator: "<label for=\"").dropFirst().compactMap {
                $0.split(separator: "\"").first
            }
            #expect(!labels.isEmpty && Set(labels).count == labels.count, "an id stands for one field")
            for label in labels { #expect(docs.contains("id=\"\(label)\"")) }
            let own = try await edge.send("GET", "/docs", at: "service_a").text
            #expect(own.contains(#"data-path="/things/{kind}/{id}""#) && !own.contains("data-path=\"/service_a"))
        }
    }

    @Test func `a service's own port has the pages that a 404 there leads on to, of its own operations`() async throws {
        try await TestEdge.run { edge async throws in
            for path in ["/", "/docs", "/openapi.json", "/ready", "/health", "/metrics"] {
                #expect(try await edge.send("GET", path, at: "service_a").status == 200, "\(path)")
            }
            let lost = try await edge.send("GET", "/nothing", at: "service_a").problem()
            #expect(lost.detail.contains("/docs"))
            let document = try await edge.send("GET", "/openapi.json", at: "service_a").text
            #expect(document.contains(#""/things/{kind}/{id}""#))
            #expect(!document.contains("/service_a/things") && !document.contains("/kms/"))
            let domain = try await edge.send("GET", "/docs", host: "kms.localhost").text
            #expect(!domain.contains("/things/"))
        }
    }

    @Test func `ready names the service that has stopped to answer, and is ready again with it`() async throws {
        try await TestEdge.run(services: "service_a: {}, kms: {}", serving: false) { edge async throws in
            try await edge.serve("kms", edge.authority.keyHandlers())
            let service = try await edge.serve("service_a", Fake.handlers())
            await edge.gateway.waitUntilReady()
            #expect(try await edge.send("GET", "/ready").status == 200)
            await edge.stop(service)
            var answer = try await edge.send("GET", "/ready")
            while answer.status == 200 {
                try Task.checkCancellation()
                answer = try await edge.send("GET", "/ready")
            }
            #expect(try answer.problem().errors == [.init("service_a", "does not answer")])
            let numbers = try await edge.send("GET", "/metrics").text
            #expect(numbers.contains(#"fountain_gateway_service_up{service="service_a"} 0"#))
            #expect(numbers.contains(#"fountain_gateway_service_up{service="kms"} 1"#))
            #expect(try await edge.send("GET", "/health").status == 200)
        }
    }

    @Test func `ready tells each replica, and is so while one of each service answers`() async throws {
        let services = "service_a: {}, kms: {}, board: {replicas: [{}, {}]}"
        try await TestEdge.run(services: services, serving: false) { edge async throws in
            try await edge.serve("kms", edge.authority.keyHandlers())
            try await edge.serve("service_a", Fake.handlers())
            let first = try await edge.serve("board", Handlers())
            let second = try await edge.serve("board", replica: 2, Handlers())
            await edge.gateway.waitUntilReady()
            let whole = #"{"replicas":[{"answering":[1,2],"service":"board","silent":[]}],"status":"ready"}"#
            while try await edge.send("GET", "/ready").text != whole {
                try Task.checkCancellation()
                await Task.yield()
            }
            await edge.stop(second)
            var answer = try await edge.send("GET", "/ready")
            while answer.text == whole {
                try Task.checkCancellation()
                answer = try await edge.send("GET", "/ready")
            }
            let less = #"{"replicas":[{"answering":[1],"service":"board","silent":[2]}],"status":"degraded"}"#
            #expect(answer.status == 200 && answer.text == less)
            let numbers = try await edge.send("GET", "/metrics").text
            #expect(numbers.contains(#"fountain_gateway_replica_up{service="board",replica="1"} 1"#))
            #expect(numbers.contains(#"fountain_gateway_replica_up{service="board",replica="2"} 0"#))
            await edge.stop(first)
            while answer.status == 200 {
                try Task.checkCancellation()
                answer = try await edge.send("GET", "/ready")
            }
            #expect(try answer.problem().errors == [.init("board", "does not answer")])
        }
    }

    @Test
    func `a service that says it is in trouble makes us unready, and its numbers are shown as far as they are numbers`()
        async throws
    {
        try await TestEdge.run(serving: false) { edge async throws in
            try await edge.serve("kms", edge.authority.keyHandlers())
            try await edge.serve("2fa", edge.authority.factorHandlers())
            let told = Mutex(Vitals(trouble: "The index is wrong.", numbers: ["index_lag_events": 3]))
            try await edge.serve("service_a", Fake.handlers(), vitals: { told.withLock { $0 } })
            await edge.gateway.waitUntilReady()
            var answer = try await edge.send("GET", "/ready")
            while answer.status == 200 {
                try Task.checkCancellation()
                answer = try await edge.send("GET", "/ready")
            }
            #expect(try answer.problem().errors == [.init("service_a", "The index is wrong.")])
            let numbers = try await edge.send("GET", "/metrics").text
            #expect(numbers.contains(#"fountain_service_number{service="service_a",name="index_lag_events"} 3.0"#))
            #expect(numbers.contains(#"fountain_service_in_trouble{service="service_a"} 1"#))
            #expect(numbers.contains(#"fountain_gateway_service_up{service="service_a"} 1"#), "it answers")
            told.withLock { $0 = Vitals(numbers: ["a\"} 1\nforged": 1, "fine": 2]) }
            while try await edge.send("GET", "/ready").status != 200 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let harmless = try await edge.send("GET", "/metrics").text
            #expect(harmless.contains(#"name="fine"} 2.0"#))
            #expect(!harmless.contains("forged"))
        }
    }

    @Test func `the numbers at a service's own port are its own`() async throws {
        try await TestEdge.run { edge async throws in
            _ = try await edge.send("GET", "/service_a/things/script/7")
            _ = try await edge.send("GET", "/kms/.well-known/jwks.json")
            let requests = { (text: String) in
                text.split(separator: "\n").filter { $0.hasPrefix("fountain_gateway_requests_total{") }
            }
            let isOthers = { (line: Substring) in
                !line.contains(#"listener="service_a""#) && !line.contains(#"operation="service_a."#)
            }
            #expect(requests(try await edge.send("GET", "/metrics").text).contains(where: isOthers))
            #expect(!requests(try await edge.send("GET", "/metrics", at: "service_a").text).contains(where: isOthers))
            let own = try await edge.send("GET", "/metrics", at: "service_a").text
            #expect(own.contains(#"operation="service_a."#))
            #expect(!own.contains(#"operation="kms."#))
            #expect(!own.contains(#"fountain_gateway_clock_offset_seconds{service="kms"}"#))
        }
    }

    @Test func `what the server refuses by itself is logged with who sent it and why, and counted`() async throws {
        try await TestEdge.run(serving: false) { edge async throws in
            #expect(try await edge.send("GET", "/health", host: "evil.example").status == 421)
            #expect(try await edge.send("GET", "/health", headers: [("Content-Length", "x")]).status == 400)
            let lines = edge.log.requests
            #expect(lines.contains { $0.contains("http.client=127.0.0.1") && $0.contains("http.reason=misdirected") })
            #expect(lines.contains { $0.contains("http.reason=framing:invalidContentLength") })
            let numbers = try await edge.send("GET", "/metrics").text
            #expect(numbers.contains(#"fountain_gateway_refusals_total{listener="main",reason="misdirected"} 1"#))
        }
    }

    @Test func `what a service says of itself is text in our pages, not markup`() throws {
        let operation = Operation<Empty, Empty>("s.x", "<script>alert(1)</script>", .get("/x"), access: .role("<b>"))
            .description
        let page = String(
            decoding: DocsPage.html([try MountedOperation(operation, of: "s", prefix: "/s")]),
            as: UTF8.self
        )
        #expect(!page.contains("<script>") && !page.contains("<b>"))
    }

    @Test func `requests are counted by operation, method and status`() async throws {
        try await TestEdge.run { edge async throws in
            _ = try await edge.send("GET", "/service_a/things/script/1")
            _ = try await edge.send("GET", "/service_a/things/script/x")
            _ = try await edge.send("BREW", "/coffee")
            _ = try await edge.send("GET", "/things/script/1", at: "service_a")
            let answer = try await edge.send("GET", "/metrics")
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = answer.text.split(separator: "\n")
            let total = "fountain_gateway_requests_total"
            for line in [
                "\(total){listener=\"main\",operation=\"service_a.show\",method=\"GET\",status=\"200\"} 1",
                "\(total){listener=\"main\",operation=\"service_a.show\",method=\"GET\",status=\"400\"} 1",
                "\(total){listener=\"service_a\",operation=\"service_a.show\",method=\"GET\",status=\"200\"} 1",
                "\(total){listener=\"main\",operation=\"none\",method=\"other\",status=\"404\"} 1",
                "fountain_gateway_request_duration_seconds_count{listener=\"main\",operation=\"service_a.show\"} 2",
                "fountain_gateway_request_duration_seconds_bucket{listener=\"main\",operation=\"service_a.show\",le=\"+Inf\"} 2",
                "fountain_gateway_requests_in_flight{listener=\"main\"} 1",
            ] { #expect(lines.contains(line[...]), "\(line)") }
        }
    }

    @Test func `the OpenAPI document is valid and has every operation once`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("GET", "/openapi.json")
            #expect(answer["Content-Type"] == "application/json")
            guard case .object(let document) = try answer.json(), case .object(let paths)? = document["paths"] else {
                Issue.record("no paths")
                return
            }
            #expect(document["openapi"] == .string("3.1.0"))
            #expect(OwnPage.allCases.allSatisfy { paths[$0.rawValue] != nil })
            #expect(
                paths.keys.filter { $0.hasPrefix("/service_a/") }.sorted() == [
                    "/service_a/caller", "/service_a/ending", "/service_a/fail", "/service_a/guarded",
                    "/service_a/hang", "/service_a/raw",
                    "/service_a/small", "/service_a/things", "/service_a/things/{kind}/{id}", "/service_a/vault",
                    "/service_a/wait",
                ]
            )
            try check(answer.body)
        }
    }

    @Test func `a validator that we did not write accepts the OpenAPI document`() async throws {
        try await TestEdge.run { edge async throws in
            let complaint = try await OpenAPIValidator.complaint(
                about: try await edge.send("GET", "/openapi.json").body
            )
            #expect(complaint == nil)
            // And it can complain.
            #expect(try await OpenAPIValidator.complaint(about: Array(#"{"openapi":"3.1.0"}"#.utf8)) != nil)
        }
    }

    /// What the specification asks of parameters: those of the path are declared, required, and in the path.
    private func check(_ document: [UInt8]) throws {
        guard case .object(let root) = try JSONReader.read(document), case .object(let paths)? = root["paths"],
            case .object(let item)? = paths["/service_a/things/{kind}/{id}"], case .object(let get)? = item["get"],
            case .array(let references)? = get["parameters"], case .object(let components)? = root["components"],
            case .object(let kept)? = components["parameters"]
        else {
            Issue.record("no such operation")
            return
        }
        let parameters = references.compactMap { reference -> JSONValue? in
            guard case .object(let fields) = reference, case .string(let path)? = fields["$ref"] else { return nil }
            return kept[String(path.dropFirst("#/components/parameters/".count))]
        }
        let places = parameters.compactMap { parameter -> String? in
            guard case .object(let fields) = parameter, case .string(let name)? = fields["name"],
                case .string(let place)? = fields["in"], case .bool(let isRequired)? = fields["required"]
            else { return nil }
            return "\(name) \(place) \(isRequired)"
        }
        #expect(
            places == ["kind path true", "id path true", "deep query false", "note query false", "tags query false"]
        )
    }
}
