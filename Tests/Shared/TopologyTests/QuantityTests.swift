// Durations, sizes, addresses and placeholders: what is read and what is not.

import Testing

@testable import Topology

@Suite struct QuantityTests {
    @Test(arguments: [
        ("200us", Duration.microseconds(200)), ("500ms", .milliseconds(500)), ("30s", .seconds(30)),
        ("5m", .seconds(300)), ("24h", .seconds(86_400)),
        ("30d", .seconds(2_592_000)), ("0s", .zero), ("007s", .seconds(7)),
    ])
    func `A duration is read`(text: String, duration: Duration) {
        #expect(Duration(text: text) == duration)
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "٣s", "9999999999999999d", "5s\n"])
    func `What is no duration is refused`(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test(arguments: [
        ("10ms", Duration.milliseconds(10)), ("1m", .seconds(60)), ("90s", .seconds(90)), ("1h", .seconds(3600)),
        ("1d", .seconds(86_400)), ("200us", .microseconds(200)), ("1500us", .microseconds(1_500)), ("0us", .zero),
    ])
    func `A duration is written with the largest unit that keeps it whole`(text: String, duration: Duration) {
        #expect(duration.text == text)
    }

    @Test(arguments: [("1B", 1), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648), ("0B", 0)])
    func `A size is read and written`(text: String, bytes: Int) {
        #expect(Int(size: text) == bytes)
        #expect(bytes.sizeText == text)
    }

    @Test(arguments: ["", "1", "KiB", "1KB", "1kib", "1 MiB", "-1B", "1.5MiB", "99999999999GiB"])
    func `What is no size is refused`(text: String) {
        #expect(Int(size: text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:8002", true, true), ("127.9.9.9:1", true, true), ("localhost:1", true, false),
        ("[::1]:80", true, true), ("0.0.0.0:80", false, true), ("kms:7311", false, false), ("[::]:80", false, true),
        ("127.example.org:80", false, false),
    ])
    func `An address knows whether it is loopback and whether it is numeric`(
        text: String,
        loopback: Bool,
        numeric: Bool
    ) throws {
        let address = try #require(Topology.Address(text))
        #expect(address.isLoopback == loopback)
        #expect(address.isNumeric == numeric)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":80", "a:", "a", "a:70000", "a:-1", "*:80", "::1:80", "[::1]", "[x]:1", "a b:1", "127.0.0.256:1", "-a:1",
        "a..b:1",
        "127.0.0.1/8:1", "1.2.3:4",
    ])
    func `What is no address is refused`(text: String) {
        #expect(Topology.Address(text) == nil)
    }

    @Test(arguments: [
        ("plain", "plain"), ("${A}", "one"), ("x${A}y${A}", "xoneyone"), ("${B:-two}", "two"), ("${A:-two}", "one"),
        ("${EMPTY:-two}", "two"), ("${EMPTY}", ""), ("$${A}", "${A}"), ("${TRICK}", "${A}"), ("${B:-a:1}", "a:1"),
        ("${B:-}", ""),
    ])
    func `A placeholder is filled once`(text: String, expected: String) throws {
        let environment = ["A": "one", "EMPTY": "", "TRICK": "${A}"]
        #expect(try Placeholders.expand(text, from: environment) == expected)
    }

    @Test(arguments: [
        "$", "$A", "${", "${}", "${a}", "${A", "${1A}", "${A-b}", "${A:b}", "${B}", "${B:-${A}}", "${B:-$}",
    ])
    func `A placeholder that is not written out is refused`(text: String) {
        #expect(throws: Refusal.self) { try Placeholders.expand(text, from: ["A": "one"]) }
    }

    @Test func `A variable gives a value, never YAML`() {
        let yaml = "name: t\ndata_dir: ${DIR}\nservices: {kms: }"
        #expect(Fixtures.problems(yaml, environment: ["DIR": "x\nkind: production"]).count == 1)
        let unset = "t.yaml:2:11: data_dir: needs the environment variable DIR, which is not set; "
        #expect(Fixtures.problems(yaml) == [unset + "set it or write ${DIR:-default}"])
    }
}
