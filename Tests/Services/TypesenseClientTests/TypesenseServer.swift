// A real Typesense server for the tests: on loopback, on ports of its own, in a directory that goes with it.
//
// A shell stands between: when the tests' end of its standard input closes, for whatever reason, it kills the server. So a crashed run
// leaves nothing behind.

import Foundation
import HTTPClient
import Processes
import Testing
import TypesenseClient

final class TypesenseServer: Sendable {
    static let apiKey = "key-of-the-tests"

    /// The server that most tests share, each with a collection of its own.
    static let shared = Task { try await TypesenseServer() }

    let client = HTTPClient()
    let node: String
    private let directory: URL
    private let arguments: [String]
    private let shell: RunningShell

    /// Starts a server and returns when it is healthy.
    convenience init() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "typesense-\(UUID().uuidString)")
        try await self.init(in: directory, ports: try FreePorts.take(2))
    }

    /// Three servers that are one cluster; returns when all are healthy.
    static func cluster() async throws -> [TypesenseServer] {
        let ports = try FreePorts.take(6)
        let directory = FileManager.default.temporaryDirectory.appending(path: "typesense-\(UUID().uuidString)")
        let pairs = stride(from: 0, to: 6, by: 2).map { [ports[$0], ports[$0 + 1]] }
        let list = pairs.map { "127.0.0.1:\($0[1]):\($0[0])" }.joined(separator: ",")
        return try await withThrowingTaskGroup(of: (Int, TypesenseServer).self) { group in
            for (index, pair) in pairs.enumerated() {
                group.addTask {
                    let own = directory.appending(path: "\(index)")
                    return (index, try await TypesenseServer(in: own, ports: pair, cluster: list))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private init(in directory: URL, ports: [Int], cluster: String? = nil) async throws {
        let binary = repository.appending(path: ".cache/typesense-server").path
        try #require(
            FileManager.default.isExecutableFile(atPath: binary),
            "There is no Typesense server at \(binary). Run `make setup`."
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.directory = directory
        let list = directory.appending(path: "nodes")
        try cluster?.write(to: list, atomically: true, encoding: .utf8)
        node = "http://127.0.0.1:\(ports[0])"
        arguments =
            [
                binary, "--data-dir=\(directory.path)", "--api-key=\(Self.apiKey)", "--api-address=127.0.0.1",
                "--api-port=\(ports[0])", "--peering-address=127.0.0.1", "--peering-port=\(ports[1])",
            ] + (cluster == nil ? [] : ["--nodes=\(list.path)"])
        shell = try RunningShell(arguments, log: directory.appending(path: "log").path)
        try await waitUntilHealthy()
    }

    /// As `kill -9` does; returns when it is gone.
    func kill() throws { try shell.kill() }

    /// Starts a killed server again, with its data and its ports.
    func restart() async throws {
        // One beside it would take its data away.
        if !shell.isRunning { try shell.start(arguments, log: directory.appending(path: "log").path) }
        try await waitUntilHealthy()
    }

    /// Drops an engine's collection behind its back.
    func drop(_ engine: TypesenseEngine) async throws {
        #expect(try await ask(.delete, "/collections/ours_\(engine.collection)").status == 200)
    }

    /// What the server answers to a request that no engine made.
    func ask(_ method: OutboundRequest.Method, _ path: String, _ body: String? = nil) async throws -> OutboundResponse {
        let headers = [("X-TYPESENSE-API-KEY", Self.apiKey), ("Content-Type", "application/json")]
        return try await client.send(
            OutboundRequest(method, node + path, headers: headers, body: body.map { Array($0.utf8) })
        )
    }

    private func waitUntilHealthy() async throws {
        let request = OutboundRequest(.get, node + "/health")
        while true {
            if let response = try? await client.send(request), response.status == 200 { return }
            try #require(shell.isRunning, "Typesense ended; see \(directory.path)/log")
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    deinit {
        try? shell.kill()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// This repository's root.
private let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
