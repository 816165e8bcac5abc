// `fountain up` as a process of its own, over ipc, in a directory that outlives it, so that it can be started again on the same data.

import Ecosystem
import Foundation
import HTTPClient
import Processes

final class RunningFountain: Sendable {
    /// The topology of every start in a directory: cheap password hashing, the gateway where `port` says.
    static func topology(in directory: TemporaryDirectory, port: Int = 0) throws -> String {
        try directory.write(
            "topology.yaml",
            """
            name: endtoend
            kind: test
            data_dir: \(directory.path)/data
            bus: {transport: ipc, heartbeat: 200ms, liveness: 2s}
            services:
              service_a: {}
              typesense_client: {}
              kms: {}
              2fa: {}
            gateway: {listen: "127.0.0.1:\(port)"}
            kms: {first_admin: open, scrypt: {ln: 4, r: 1, p: 1}}
            two_factor: {delivery: log}
            """
        )
    }

    let process: ChildProcess
    let edge: EdgeClient

    /// Starts it and returns when it says that it is ready.
    init(in directory: TemporaryDirectory, port: Int = 0, faults: [ProcessFault]? = nil, seed: UInt64 = 1) async throws
    {
        let topology = try Self.topology(in: directory, port: port)
        process = try ChildProcess(
            [Repository.fountain, "up", "--topology", topology],
            log: "\(directory.path)/log",
            faults: faults,
            seed: seed
        )
        let said = try await process.untilReady()
        guard let origin = said.compactMap(Self.origin).first else {
            throw ChildProcess.Ended(description: "no origin in \(said)")
        }
        edge = EdgeClient(origin: origin, http: HTTPClient()).explained(by: topology)
    }

    /// A client with the token of an account that is registered where it is not there yet.
    func loggedIn(as username: String = "ada") async throws -> EdgeClient { try await edge.loggedIn(as: username) }

    private static func origin(_ line: String) -> String? {
        let words = line.split(separator: " ")
        return words.first == "origin" && words.count > 1 ? String(words[1]) : nil
    }
}
