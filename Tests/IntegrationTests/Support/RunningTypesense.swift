// The real Typesense server, as docker-compose.yml starts it, on ports and in a directory of its own.

import Bus
import Foundation
import HTTPClient
import Processes
import Synchronization
import Testing

final class RunningTypesense: Sendable {
    private static let key = "key-of-the-tests"

    let url: String
    let keyFile: String
    private let command: [String]
    private let log: String
    private let process: Mutex<ChildProcess>

    /// Starts it and returns when it is healthy. `cluster`: the list of all nodes, where there are several, and this one's number.
    init(
        in directory: TemporaryDirectory,
        ports: (api: Int, peering: Int),
        cluster: (nodes: String, number: Int)? = nil
    ) async throws {
        let binary = Repository.path(".cache/typesense-server")
        try #require(
            FileManager.default.isExecutableFile(atPath: binary),
            "There is no Typesense server at \(binary). Run `scripts/setup test`."
        )
        let name = cluster.map { "typesense-\($0.number)" } ?? "typesense"
        let data = "\(directory.path)/\(name)"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        keyFile = try directory.write("typesense_api_key", "\(Self.key)\n")
        url = "http://127.0.0.1:\(ports.api)"
        let list = try cluster.map { [try "--nodes=" + directory.write("nodes", $0.nodes)] } ?? []
        command =
            [
                binary, "--data-dir=\(data)", "--api-address=127.0.0.1", "--api-port=\(ports.api)",
                "--peering-address=127.0.0.1", "--peering-port=\(ports.peering)",
            ] + list
        log = "\(directory.path)/\(name).log"
        process = Mutex(try Self.start(command, log))
        try await untilHealthy()
    }

    /// Servers that are one cluster; returns when all are healthy.
    static func cluster(of count: Int, in directory: TemporaryDirectory) async throws -> [RunningTypesense] {
        let ports = try FreePorts.take(2 * count)
        let pairs = (0..<count).map { (api: ports[2 * $0], peering: ports[2 * $0 + 1]) }
        let nodes = pairs.map { "127.0.0.1:\($0.peering):\($0.api)" }.joined(separator: ",")
        return try await withThrowingTaskGroup(of: (Int, RunningTypesense).self) { group in
            for (number, pair) in pairs.enumerated() {
                group.addTask {
                    (number, try await RunningTypesense(in: directory, ports: pair, cluster: (nodes, number)))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// As `kill -9` does, and up again with its data.
    func killAndRestart() async throws {
        let killed = process.withLock { $0 }
        killed.send(.kill)
        _ = await killed.exitCode()
        let next = try Self.start(command, log)
        process.withLock { $0 = next }
        try await untilHealthy()
    }

    func send(_ signal: ChildProcess.Signal) { process.withLock { $0 }.send(signal) }

    /// Returns once this node has so many.
    func until(_ count: Int, documentsIn collection: String) async throws {
        let http = HTTPClient()
        let request = OutboundRequest(
            .get,
            url + "/collections/\(collection)",
            headers: [("X-TYPESENSE-API-KEY", Self.key)]
        )
        while true {
            if let answer = try? await http.send(request),
                let known = try? JSONDecoder().decode(JSONValue.self, from: Data(answer.body)),
                known["num_documents"].integer == count
            {
                return
            }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private static func start(_ command: [String], _ log: String) throws -> ChildProcess {
        try ChildProcess(command, environment: ["TYPESENSE_API_KEY": key], log: log)
    }

    private func untilHealthy() async throws {
        let http = HTTPClient()
        let started = process.withLock { $0 }
        while (try? await http.send(OutboundRequest(.get, url + "/health")).status) != 200 {
            try Task.checkCancellation()
            guard !started.hasEnded else {
                throw ChildProcess.Ended(description: "Typesense ended: \(started.complaints)")
            }
            await Task.yield()
        }
    }
}
