// A service of one's own as it will run, a process, beside the built-in ones in the test's: what goes wrong on hosts goes wrong for it alone.

import Foundation
public import Processes

extension TestEcosystem {
    /// Brings an ecosystem up for the time of `body`, with a service in a process of its own, over Unix sockets.
    ///
    /// - Parameters:
    ///   - program: The service's program, which takes what `Blueprint.main()` takes; `ServiceProcess.built` finds one of the test's own package.
    ///   - service: What the topology calls the service.
    ///   - faults: What goes wrong in the process from its beginning on; `suffer` changes it.
    ///   - seed: Which of a disk's calls fail.
    ///   - level: From which level on the log of what runs in the test's process is kept; the other's is `complaints`.
    ///   - body: The test.
    /// - Returns: What `body` returns. The process is asked to end then, and awaited; so is another that `startAgain` made, by its last reference.
    /// - Throws: What `body` throws, or why ecosystem or process could not be brought up.
    public static func run<Value: Sendable>(
        _ program: String,
        as service: String,
        faults: [ProcessFault] = [],
        seed: UInt64 = 1,
        logs level: CapturedLog.Level = .notice,
        _ body: @Sendable (TestEcosystem, ServiceProcess) async throws -> Value
    ) async throws -> Value {
        // Short, because Unix sockets lie below it.
        let place = FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let (topology, file) = (TestTopology.overIPC(beside: [service]), "\(place)/topology.yaml")
        try topology.write(toFile: file, atomically: true, encoding: .utf8)
        let process = try ServiceProcess([program, file, place], faults: faults, seed: seed)
        try await process.untilReady()
        let result = try await run(directory: place, yaml: topology, logs: level) { try await body($0, process) }
        process.resume()
        process.terminate()
        _ = await process.exitCode()
        return result
    }
}
