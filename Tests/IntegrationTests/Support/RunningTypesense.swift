// The real Typesense server, as docker-compose.yml starts it, on ports and in a directory of its own.

import Foundation
import HTTPClient
import Synchronization
import Testing

final class RunningTypesense: Sendable {
    let url: String
    let keyFile: String
    private let command: [String]
    private let log: String
    private let process: Mutex<ChildProcess>

    /// Starts it and returns when it is healthy.
    init(in directory: TemporaryDirectory, ports: (api: Int, peering: Int)) async throws {
        let binary = Repository.path(".cache/typesense-server")
        try #require(
            FileManager.default.isExecutableFile(atPath: binary),
            "There is no Typesense server at \(binary). Run `scripts/setup test`."
        )
        let data = "\(directory.path)/typesense"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        keyFile = try directory.write("typesense_api_key", "key-of-the-tests\n")
        url = "http://127.0.0.1:\(ports.api)"
        command = [
            binary, "--data-dir=\(data)", "--api-address=127.0.0.1", "--api-port=\(ports.api)",
            "--peering-address=127.0.0.1", "--peering-port=\(ports.peering)",
        ]
        log = "\(directory.path)/typesense.log"
        process = Mutex(try Self.start(command, log))
        try await untilHealthy()
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

    private static func start(_ command: [String], _ log: String) throws -> ChildProcess {
        try ChildProcess(command, environment: ["TYPESENSE_API_KEY": "key-of-the-tests"], log: log)
    }

    private func untilHealthy() async throws {
        let http = HTTPClient()
        while (try? await http.send(OutboundRequest(.get, url + "/health")).status) != 200 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
