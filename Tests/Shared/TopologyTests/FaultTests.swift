// Every kind of mistake and the exact line that a person reads about it.

import Testing

@testable import Topology

@Suite struct FaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let yaml: String
        let lines: [String]

        init(_ yaml: String, _ lines: String...) {
            self.yaml = yaml
            self.lines = lines.map { "t.yaml:\($0)" }
        }

        var testDescription: String { lines.first ?? "none" }
    }

    /// A valid head, so that a fault stands alone.
    private static let head = "name: t\nservices: {kms: , 2fa: }\n"
    private static let keyOne = String(repeating: "01", count: 32)
    private static let keyTwo = String(repeating: "AB", count: 32)
    /// A service over tcp, and its gateway; what follows are the peers.
    private static let remote =
        "name: t\nbus: {transport: tcp}\nservices: {kms: {replicas: [{calls: tcp://127.0.0.1:1, events: tcp://127.0.0.1:2}]}}\n"
    private static let gateway = "gateway: {public_keys: [\(keyTwo)], secret_key_file: g}"
    private static let deep = String(repeating: "d", count: 93)

    static let fields: [Fault] = [
        Fault(
            "name: t\nservices:\n  kms:\n    port: 70000",
            "4:11: services.kms.port: must be 1–65535, got 70000"
        ),
        Fault(
            "name: t\nservices: {kms: {port: 0}}",
            "2:24: services.kms.port: must be 1–65535, got 0"
        ),
        Fault("name: t\nservices: {kms: {port: x y}}", "2:24: services.kms.port: must be 1–65535, got \"x y\""),
        Fault("name: t\nservices: {kms: {port: [1]}}", "2:24: services.kms.port: must be 1–65535, got a list"),
        Fault("name: t\nservices: {kms: {port: }}", "2:24: services.kms.port: must be 1–65535, got nothing"),
        Fault(head + "kind: prod", "3:7: kind: must be one of local, test, production, got prod"),
        Fault(
            head + "kind: productoin",
            "3:7: kind: must be one of local, test, production, got productoin; did you mean `production`?"
        ),
        Fault(head + "bus: {heart_beat: 1s}", "3:7: bus.heart_beat: is not a known key; did you mean `heartbeat`?"),
        Fault(head + "gatway: {}", "3:1: gatway: is not a known key; did you mean `gateway`?"),
        Fault(
            head + "kms: {scrypt: {cost: 17}}",
            "3:16: kms.scrypt.cost: is not a known key; known here: ln, r, p"
        ),
        Fault(
            head + "bus: {heartbeat: 1}",
            "3:18: bus.heartbeat: must be a duration of 10ms–1m, written with its unit (us, ms, s, m, h, d), got 1"
        ),
        Fault(
            head + "gateway: {max_body: 1MB}",
            "3:21: gateway.max_body: must be a size of 1KiB–32MiB, written with its unit (B, KiB, MiB, GiB), got 1MB"
        ),
        Fault(
            head + "gateway: {listen: 8002}",
            "3:19: gateway.listen: must be an address such as 127.0.0.1:8002: "
                + "an IP address, a colon, a port 0–65535, got 8002"
        ),
        Fault(
            head + "telemetry: {otlp: 127.0.0.1:4318}",
            "3:19: telemetry.otlp: must be the URL of a collector such as http://127.0.0.1:4318, or nothing, got \"127.0.0.1:4318\""
        ),
        Fault(
            head + "telemetry: {otlp: http://c:4318/v1/traces}",
            "3:19: telemetry.otlp: must end before /v1/traces, which is added to it, got \"http://c:4318/v1/traces\""
        ),
        Fault(
            head + "telemetry: {queue: 20}",
            "3:1: telemetry.otlp: is missing; it must be the URL of a collector such as http://127.0.0.1:4318, or nothing"
        ),
        Fault(
            head + "telemetry: {otlp: http://c, headers: a}",
            "3:29: telemetry.headers: is not a known key; known here: otlp, ca_file, queue, batch, interval, timeout, "
                + "give_up, drain_timeout"
        ),
        Fault(head + "bus: 5", "3:6: bus: must be a section of `key: value` lines, got 5"),
        Fault(
            "- a",
            "1:1: must be a section of `key: value` lines, got a list",
            "1:1: name: is missing; it must be "
                + "a name of 1–32 small letters, digits, `-` and `_`, starting with a letter or digit",
            "1:1: services: is missing; name at least one service"
        ),
        Fault(
            "name: t\nservices: {KMS: }",
            "2:12: services.KMS: the service's name must be a name of 1–32 small letters, digits, `-` and `_`, "
                + "starting with a letter or digit"
        ),
        Fault(
            "name: t\nservices: {weather: {port: 80}}",
            "2:22: services.weather.port: is not a known key; known here: prefix, subdomain, replicas, settings "
                + "(`weather` is not one of the built-in services)"
        ),
        Fault(
            "name: t\nservices: {kms: {replicas: []}}",
            "2:18: services.kms.replicas: is empty; a service has at least one replica"
        ),
        Fault(
            "name: t\nservices: {kms: {replicas: [{calls: udp://x}]}}",
            "2:37: services.kms.replicas[0].calls: must be an endpoint such as inproc://kms.calls, ipc://run/kms.calls "
                + "or tcp://kms:7311, got \"udp://x\""
        ),
        Fault(
            "name: t\ndata_dir: /\(deep)\nservices: {kms: }",
            "3:12: services.kms.replicas[0].calls: makes a socket path of 108 bytes, 107 is the most: "
                + "/\(deep)/run/kms.calls; use a shorter data_dir",
            "3:12: services.kms.replicas[0].events: makes a socket path of 109 bytes, 107 is the most: "
                + "/\(deep)/run/kms.events; use a shorter data_dir"
        ),
        Fault(
            "name: t\nbus: {transport: tcp}\nservices: {kms: }",
            "3:12: services.kms.replicas[0].calls: is missing; over tcp every endpoint is written, as in tcp://kms:7311",
            "3:12: services.kms.replicas[0].events: is missing; over tcp every endpoint is written, as in tcp://kms:7311"
        ),
        Fault(
            head + "two_factor: {delivery: smtp}",
            "3:1: two_factor.smtp.host: is missing and delivery is smtp; it must be a host name or IP address",
            "3:1: two_factor.smtp.from: is missing and delivery is smtp; it must be 1–256 characters on one line"
        ),
        Fault(
            head + "two_factor: {delivery: smtp, smtp: {host: h, from: f, username: u}}",
            "3:65: two_factor.smtp.username: needs `password_file` beside it"
        ),
        Fault(
            head + "search: {url: http://x}",
            "3:10: search.url: is not a known key; known here: collection, prefix, check_interval, verify_interval, "
                + "connect_timeout, stall_timeout, batch, max_hits, max_found, node_rest, max_wait, typo_steps, typo_words, max_collections, max_fields, max_documents, document_size, max_import, engine; `url`, `more_urls`, `api_key_file` and `search_key_file` only with engine: typesense"
        ),
    ]

    static let stores: [Fault] = [
        Fault(
            head + "stores: {engine: postgresql}",
            "3:1: stores.hosts: is missing and engine is postgresql; it must be a list such as [127.0.0.1:5432]",
            "3:1: stores.database: is missing and engine is postgresql; it must be \(aName)",
            "3:1: stores.user: is missing and engine is postgresql; it must be \(aName)",
            "3:1: stores.password_file: is missing and engine is postgresql; it must be a path of 1–1024 bytes"
        ),
        Fault(
            head + database + "hosts: [\"db:0\"]}",
            "3:70: stores.hosts: names no host and engine is postgresql; it must be a list such as [127.0.0.1:5432]",
            "3:78: stores.hosts[0]: must be a host and its port such as db1:5432, got \"db:0\""
        ),
        Fault(
            head + database + "hosts: []}",
            "3:70: stores.hosts: names no host and engine is postgresql; it must be a list such as [127.0.0.1:5432]"
        ),
        Fault(
            head + database + "hosts: [127.0.0.1:5432, db:5432]}",
            "3:94: stores.hosts[1]: db:5432 is not loopback: the password and the data would cross the network in the "
                + "clear; name `ca_file`, the authority of its certificate"
        ),
        Fault(
            head + "stores: {hosts: [127.0.0.1:5432]}",
            "3:10: stores.hosts: is not a known key; known here: max_queued, max_batch, max_batch_time, max_write_time, "
                + "page_cache, lock_timeout, engine; `hosts`, `database` and what belongs to them only with engine: postgresql"
        ),
        Fault(
            "name: t\nservices: {kms: {replicas: [{}, {}]}}",
            "2:18: services.kms.replicas: has 2 replicas, and an SQLite file is one process's; name one, or set "
                + "stores.engine to postgresql"
        ),
    ]

    private static let database = "stores: {engine: postgresql, database: d, user: u, password_file: p, "
    private static let aName = "a name of 1–32 small letters, digits, `-` and `_`, starting with a letter or digit"

    @Test(arguments: stores)
    func `A store that cannot be is named with what it lacks`(fault: Fault) {
        expect(fault)
    }

    static let relations: [Fault] = [
        Fault(
            head + "telemetry: {otlp: http://c, queue: 20, batch: 21}",
            "3:47: telemetry.batch: must not be more than telemetry.queue (20), got 21"
        ),
        Fault(
            head + "gateway: {authority: {jwks: kmz.jwks}}",
            "3:29: gateway.authority.jwks: asks `kmz`, which services does not name; did you mean `kms`?"
        ),
        Fault(
            head + "gateway: {authority: {tokens: kmz.check}}",
            "3:31: gateway.authority.tokens: asks `kmz`, which services does not name; did you mean `kms`?"
        ),
        Fault(
            head + "gateway: {authority: {issuer: other}}",
            "3:31: gateway.authority.issuer: is other but kms.issuer is fountain: every token would be refused"
        ),
        Fault(
            "name: t\nservices: {kms: {prefix: /x}, 2fa: {prefix: /x}}",
            "2:45: services.2fa.prefix: /x is already the prefix of kms"
        ),
        Fault(
            "name: t\nservices: {docs: }",
            "2:12: services.docs.prefix: /docs is a path of the gateway's own"
        ),
        Fault(
            "name: t\nservices: {kms: {port: 8002}}",
            "2:24: services.kms.port: 8002 is already taken by gateway.listen"
        ),
        Fault(
            head + "gateway: {listen: 127.0.0.1:0}",
            "3:19: gateway.listen: has port 0 (the kernel chooses), which is only for kind: test; name a port 1–65535"
        ),
        Fault(
            head + "gateway: {listen: 0.0.0.0:8002}",
            "3:19: gateway.listen: 0.0.0.0:8002 is not loopback, and kind is local; use 127.0.0.1, or kind: production"
        ),
        Fault(
            "name: t\nbus: {transport: tcp, plaintext: true}\nservices: {kms: {replicas: "
                + "[{calls: tcp://127.0.0.1:1, events: tcp://127.0.0.1:2, bind: 10.0.0.1}]}}",
            "3:37: services.kms.replicas[0].calls: 10.0.0.1:1 is not loopback, and kind is local; "
                + "use 127.0.0.1, or kind: production",
            "3:64: services.kms.replicas[0].events: 10.0.0.1:2 is not loopback, and kind is local; "
                + "use 127.0.0.1, or kind: production"
        ),
        Fault(
            "name: t\nkind: production\nbus: {transport: tcp}\nservices: {weather: {replicas: "
                + "[{calls: tcp://w:1, events: tcp://10.0.0.1:2}]}}\n"
                + "peers: {weather: {public_keys: [\(keyOne)]}, gateway: {public_keys: [\(keyTwo)], secret_key_file: s}}",
            "4:41: services.weather.replicas[0].calls: w is a name, which cannot be bound; "
                + "add `bind: 0.0.0.0` or the IP address to bind"
        ),
        Fault(
            "name: t\nservices: {kms: {replicas: [{calls: ipc://a, events: ipc://a}]}}",
            "2:54: services.kms.replicas[0].events: ipc://a is already services.kms.replicas[0].calls"
        ),
        Fault(
            "name: t\nservices: {kms: {replicas: [{calls: inproc://a}]}}",
            "2:37: services.kms.replicas[0].calls: inproc://a does not fit bus.transport: ipc"
        ),
        Fault(
            head + "bus: {heartbeat: 2s}",
            "3:1: bus.liveness: must be at least two heartbeats (4s), got 3s"
        ),
        Fault(
            head + "bus: {max_message: 1MiB}",
            "3:20: bus.max_message: must hold gateway.max_body: 1MiB and 64KiB for the envelope; got 1MiB"
        ),
        Fault(
            head + "kms: {scrypt: {ln: 14}}",
            "3:20: kms.scrypt.ln: must be at least ln 17 and r 8, got ln 14 and r 8; only kind: test may be cheaper"
        ),
        Fault(
            head + "kms: {scrypt: {ln: 20, r: 16}}",
            "3:7: kms.scrypt: needs 2GiB for one hash, 1GiB is the most; lower ln or r"
        ),
        Fault(
            head + "kind: production\nkms: {first_admin: open}\ntwo_factor: {delivery: sink}",
            "4:20: kms.first_admin: open lets whoever comes first be admin; in production it must be token",
            "5:24: two_factor.delivery: sink keeps codes for a test to take out; it is only for kind: test"
        ),
        Fault(
            head + "kind: production",
            "1:1: two_factor.delivery: log writes codes into the log; in production it must be smtp or twilio"
        ),
        Fault(
            "name: t\nservices: {kms: }\nkms: {admin_step_up: always}",
            "3:22: kms.admin_step_up: is always, and no service verifies a second factor; name 2fa in services"
        ),
        Fault(
            head + "two_factor: {delivery: smtp, smtp: {host: h, from: f, starttls: false}}",
            "3:65: two_factor.smtp.starttls: may be false only towards loopback: codes would cross the network in the clear"
        ),
    ]

    static let security: [Fault] = [
        Fault(
            remote,
            "1:1: peers: has no kms; over tcp every service and the gateway has its key and its rights here",
            "1:1: peers: has no gateway; over tcp every service and the gateway has its key and its rights here"
        ),
        Fault(
            remote + "peers: {kms: {}, \(gateway)}",
            "4:9: peers.kms: needs `public_keys`, or `public_keys_file`; `fountain topology keys` makes them",
            "4:9: peers.kms: needs `secret_key_file`: the path of the file with its secret key"
        ),
        Fault(
            remote + "peers: {kms: {public_keys: [\(keyOne)], public_keys_file: f, secret_key_file: s}, \(gateway)}",
            "4:9: peers.kms: has `public_keys` and `public_keys_file`; keep one"
        ),
        Fault(
            remote + "peers: {kms: {public_keys: [\(keyTwo.lowercased())], secret_key_file: g}, \(gateway)}",
            "4:141: peers.gateway.public_keys[0]: is already a key of kms",
            "4:225: peers.gateway.secret_key_file: is already a file of kms"
        ),
        Fault(
            remote + "peers: {kms: {public_keys: [abc], secret_key_file: s}, \(gateway)}",
            "4:29: peers.kms.public_keys[0]: must be a public key of 64 hexadecimal digits, got abc"
        ),
        Fault(
            remote + "peers: {kms: {public_keys: \(keyOne), secret_key_file: s}, \(gateway)}",
            "4:28: peers.kms.public_keys: must be a list, got \(keyOne)"
        ),
        Fault(
            remote
                + "peers: {kms: {public_keys: [\(keyOne)], secret_key_file: s, may_call: [kmz.*, bus.stats, '*', kms*]}, \(gateway)}",
            "4:145: peers.kms.may_call[2]: must be a name such as kms.login, or a family such as kms.*, got \"*\"",
            "4:150: peers.kms.may_call[3]: must be a name such as kms.login, or a family such as kms.*, got \"kms*\""
        ),
        Fault(
            remote
                + "peers: {kms: {public_keys: [\(keyOne)], secret_key_file: s, may_call: [kmz.*, bus.stats]}, \(gateway)}",
            "4:127: peers.kms.may_call[0]: names `kmz`, which services does not name; did you mean `kms`?"
        ),
        Fault(
            head + "peers: {kms: {public_keys: [\(keyOne)]}}",
            "3:1: peers: are known by their keys, which needs bus.transport: tcp; here bus.transport is ipc"
        ),
        Fault(
            head + "bus: {plaintext: true}",
            "3:18: bus.plaintext: is only for transport: tcp; ipc does not leave this host"
        ),
        Fault(
            "kind: production\n" + remote.replacing("tcp}", with: "tcp, plaintext: true}")
                + "kms: {admin_step_up: if_enrolled}",
            "3:34: bus.plaintext: would let anybody read and forge; only kind: local and kind: test may"
        ),
        Fault(
            remote.replacing("tcp}", with: "tcp, plaintext: true}") + "peers: {kms: {public_keys: [\(keyOne)]}}",
            "4:1: peers: are known by their keys, which needs bus.transport: tcp; here bus.plaintext is true"
        ),
    ]

    static let documents: [Fault] = [
        Fault("", "1:1: is empty; a topology has at least a name and services"),
        Fault("name: t\nservices: [", "3:1: is not YAML here: did not find expected node content"),
        Fault("name: t\nname: u", "1:1: the key `name` stands twice in one section, first here; keep one"),
        Fault("name: t\nbus: &b {}", "2:6: YAML anchors (`&b`) are refused; write the lines out"),
        Fault(head + "? [a]\n: b", "3:3: has a key that is a list; keys are plain words"),
        Fault("a: \(String(repeating: "x", count: 1 << 20))", "1:1: is 1048579 bytes long, 1MiB is the most"),
    ]

    @Test(arguments: fields)
    func `A field that is wrong in itself is named with its place`(fault: Fault) {
        expect(fault)
    }

    @Test(arguments: relations)
    func `Fields that do not go together are named with their place`(fault: Fault) {
        expect(fault)
    }

    @Test(arguments: security)
    func `What would leave the bus open is named with its place`(fault: Fault) {
        expect(fault)
    }

    @Test(arguments: documents)
    func `Text that is no topology is refused`(fault: Fault) {
        expect(fault)
    }

    private func expect(_ fault: Fault) {
        #expect(Fixtures.problems(fault.yaml) == fault.lines)
    }

    @Test func `All problems are reported at once, from top to bottom`() {
        let yaml = """
            name: T
            kind: x
            services:
              kms: {port: -1, colour: red}
            zoo: 1
            """
        let places = Fixtures.problems(yaml).map { $0.split(separator: ":")[1...3].joined(separator: ":") }
        #expect(
            places == ["1:7: name", "2:7: kind", "4:15: services.kms.port", "4:19: services.kms.colour", "5:1: zoo"]
        )
    }
}
