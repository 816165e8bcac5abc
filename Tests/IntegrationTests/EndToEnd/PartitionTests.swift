// What a gateway does that cannot reach the KMS: real processes, two gateways, the KMS stopped in its tracks.

import Bus
import Ecosystem
import EcosystemTesting
import HTTPClient
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(2))) struct PartitionTests {
    private static let path = "/service_a/sequence?elementType=script"

    @Test func `without the KMS no gateway lets anybody in, says so in time, and lets them in again after`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let ports = try FreePorts.take(2)
        let topologies = try ports.map { try Self.topology(in: directory, port: $0) }
        let kms = try await Self.start("kms", topologies[0], directory)
        let service = try await Self.start("service_a", topologies[0], directory)
        var gateways: [ChildProcess] = []
        for topology in topologies { gateways.append(try await Self.start("gateway", topology, directory)) }

        let edges = zip(ports, topologies).map { port, topology in
            EdgeClient(origin: "http://127.0.0.1:\(port)", http: HTTPClient()).explained(by: topology)
        }
        let (user, key) = try await credentials(at: edges[0])
        let clients = edges.flatMap { edge in
            var byKey = edge
            byKey.apiKey = key
            return [edge.with(token: user), byKey]
        }
        for client in clients { #expect(try await client.get(Self.path).status == 200) }

        kms.send(.pause)
        // The signal takes its time, and a verdict that is held is good until its lease is over.
        for client in clients {
            while try await client.get(Self.path).status == 200 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        for client in clients {
            let began = ContinuousClock.now
            let answer = try await client.get(Self.path)
            #expect(answer.status == 503, "\(answer.text)")
            // The bus counts a silent peer out after `liveness`; the request's own time-out is the last bound.
            #expect(began.duration(to: .now) < .seconds(10))
        }
        kms.send(.proceed)
        for client in clients {
            while try await client.get(Self.path).status != 200 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        for process in gateways + [service, kms] { process.send(.terminate) }
        for process in gateways + [service, kms] { #expect(await process.exitCode() == 0) }
    }

    @Test
    func `a gateway that was stopped refuses what was revoked meanwhile, and one that was killed is waited for once`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let ports = try FreePorts.take(3)
        let topologies = try ports.map { try Self.topology(in: directory, port: $0) }
        let kms = try await Self.start("kms", topologies[0], directory)
        let service = try await Self.start("service_a", topologies[0], directory)
        var gateways: [ChildProcess] = []
        for topology in topologies { gateways.append(try await Self.start("gateway", topology, directory)) }
        let edges = zip(ports, topologies).map { port, topology in
            EdgeClient(origin: "http://127.0.0.1:\(port)", http: HTTPClient()).explained(by: topology)
        }
        let (user, key) = try await credentials(at: edges[0])
        for edge in edges {
            for _ in 0..<50 { #expect(try await edge.with(token: user).get(Self.path).status == 200) }
        }
        gateways[1].send(.pause)
        gateways[2].send(.kill)
        let began = ContinuousClock.now
        try (try await edges[0].with(token: user).post("/kms/logout", .object([:]))).require(204)
        #expect(began.duration(to: .now) < .seconds(5))
        gateways[1].send(.proceed)
        // Who stood still for longer than `liveness` has been forgotten, and says hello anew: until then nothing was done.
        var answer = try await edges[1].with(token: user).get(Self.path)
        while answer.status == 503 {
            try Task.checkCancellation()
            await Task.yield()
            answer = try await edges[1].with(token: user).get(Self.path)
        }
        #expect(answer.status == 401, "\(answer.text)")
        // Nobody waits for either again: this one's lease is over, that one is gone.
        var other = edges[0]
        other.apiKey = key
        #expect(try await other.get(Self.path).status == 200)
        for process in gateways.prefix(2) + [service, kms] { process.send(.terminate) }
        for process in gateways.prefix(2) + [service, kms] { #expect(await process.exitCode() == 0) }
        _ = await gateways[2].exitCode()
    }

    private func credentials(at edge: EdgeClient) async throws -> (token: String, key: String) {
        let account: [String: JSONValue] = ["username": "root", "password": "secure123"]
        try (try await edge.post("/kms/register", .object(account.merging(["roles": "admin"]) { $1 }))).require(201)
        let login = try await edge.post("/kms/login", .object(account))
        let token = login["access_token"].string ?? ""
        let made = try await edge.with(token: token).post("/kms/keys", ["service_name": "job"])
        try made.require(201)
        return (token, made["api_key"].string ?? "")
    }

    /// The same ecosystem twice, but for the port of the gateway.
    private static func topology(in directory: TemporaryDirectory, port: Int) throws -> String {
        try directory.write(
            "topology-\(port).yaml",
            """
            name: partition
            kind: test
            data_dir: \(directory.path)/data
            bus: {transport: ipc, heartbeat: 200ms, liveness: 2s}
            services:
              service_a: {}
              kms: {}
            gateway: {listen: "127.0.0.1:\(port)"}
            kms: {first_admin: open, scrypt: {ln: 4, r: 1, p: 1}}
            """
        )
    }

    private static func start(
        _ service: String,
        _ topology: String,
        _ directory: TemporaryDirectory
    ) async throws -> ChildProcess {
        let process = try ChildProcess(
            [Repository.fountain, "serve", service, "--topology", topology],
            log: "\(directory.path)/\(service).log"
        )
        // A gateway is ready when it has met everybody; the services are there by then.
        try await process.lines(upTo: "ready:")
        return process
    }
}
