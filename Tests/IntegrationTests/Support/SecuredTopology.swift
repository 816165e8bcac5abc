// A whole ecosystem over tcp with keys, on ports of loopback: what `compose.yaml` is, small enough for a test.

import Foundation
import Topology

struct SecuredTopology {
    let directory: TemporaryDirectory
    let path: String

    /// Nine ports: two a service, one for the gateway. `isPlain` is the same ecosystem without keys.
    init(in directory: TemporaryDirectory, ports: [Int], isPlain: Bool = false) throws {
        self.directory = directory
        let name = isPlain ? "plain.yaml" : "topology.yaml"
        path = try directory.write(name, Self.text(directory, ports, isPlain))
    }

    func read() throws -> Topology { try Topology.load(path, environment: [:]) }

    private static let grants = [
        (
            "gateway",
            "[kms.*, 2fa.*, service_a.*, typesense_client.*, kms.keys.verify, kms.tokens.check, kms.leases.follow, 2fa.status, 2fa.leases.follow]",
            "[]"
        ),
        ("kms", "[2fa.status]", "[]"), ("2fa", "[kms.tokens.stepup, kms.sessions.end]", "[]"),
        ("service_a", "[]", "[]"),
        ("typesense_client", "[]", "[sequence.changed]"), ("operator", "[bus.stats]", "[sequence.changed]"),
    ]

    private static func text(_ directory: TemporaryDirectory, _ ports: [Int], _ isPlain: Bool) -> String {
        let services = ["kms", "2fa", "service_a", "typesense_client"].enumerated().map { index, name in
            let (calls, events) = ("tcp://127.0.0.1:\(ports[2 * index])", "tcp://127.0.0.1:\(ports[2 * index + 1])")
            return "  \(name): {replicas: [{calls: \"\(calls)\", events: \"\(events)\"}]}"
        }
        let peers = grants.map { name, call, subscribe in
            let key = "\(directory.path)/bus-keys/\(name)"
            return "  \(name): {public_keys_file: \(key).public, secret_key_file: \(key).secret, "
                + "may_call: \(call), may_subscribe: \(subscribe)}"
        }
        return """
            name: secured
            kind: test
            data_dir: \(directory.path)/data
            bus: {transport: tcp, plaintext: \(isPlain), heartbeat: 200ms, liveness: 2s}
            services:
            \(services.joined(separator: "\n"))
            \(isPlain ? "" : "peers:\n" + peers.joined(separator: "\n"))
            gateway: {listen: "127.0.0.1:\(ports[8])"}
            kms: {first_admin: open, scrypt: {ln: 4, r: 1, p: 1}}
            two_factor: {delivery: log}
            """
    }
}
