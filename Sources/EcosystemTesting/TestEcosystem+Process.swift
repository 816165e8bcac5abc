// A service of one's own as it will run, a process, beside the built-in ones in the test's: what goes wrong on hosts goes wrong for it alone.

import Foundation
public import Processes

extension TestEcosystem {
    /// Brings an ecosystem up for the time of `body`, with a service in a process of its own, over Unix sockets.
    ///
    /// - Parameters:
    ///   - program: The service's program, which takes what `Blueprint.main()` takes; `ServiceProcess.built` finds one of the test's own package.
    ///   - service: What the topology calls the service.
    ///   - settings: What the topology says to the service, by name.
    ///   - faults: What goes wrong in the process from its beginning on; `suffer` changes it.
    ///   - seed: Which of a disk's calls fail.
    ///   - level: From which level on the log of what runs in the test's process is kept; the other's is `complaints`.
    ///   - body: The test.
    /// - Returns: What `body` returns. Then nothing goes wrong in the process any more, it is asked to end, killed where it has not after ten seconds, and awaited,
    ///   also where `body` throws; another that `startAgain` made ends by its last reference.
    /// - Throws: `FailedBesideProcess` with what `body` throws, or why the ecosystem could not be brought up, and the last lines of the process's log; what
    ///   it is itself where there are none. `ServiceProcess.Ended` where the process ended before it was found.
    public static func run<Value: Sendable>(
        _ program: String,
        as service: String,
        settings: [String: String] = [:],
        faults: [ProcessFault] = [],
        seed: UInt64 = 1,
        logs level: CapturedLog.Level = .notice,
        _ body: @Sendable (TestEcosystem, ServiceProcess) async throws -> Value
    ) async throws -> Value {
        // Short, because Unix sockets lie below it.
        let place = FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let topology = TestTopology.overIPC(beside: [service], settings: [service: settings])
        let file = "\(place)/topology.yaml"
        try topology.write(toFile: file, atomically: true, encoding: .utf8)
        let process = try ServiceProcess([program, file, place], faults: faults, seed: seed)
        let result = await caught {
            try await process.untilReady()
            return try await run(
                directory: place,
                yaml: topology,
                logs: level,
                becoming: { ecosystem in try await process.whileRunning { try await ecosystem.untilReady(.all) } }
            ) { try await body($0, process) }
        }
        await process.finish()
        return try result.mapError { FailedBesideProcess.told($0, process.complaints) }.get()
    }
}

/// What a test with a process failed with, and what the process had said last.
public struct FailedBesideProcess: Error, CustomStringConvertible {
    /// What was thrown.
    public let error: any Error
    /// The last lines of the process's log, twenty at most.
    public let complaints: [String]

    /// Both, for people.
    public var description: String {
        (["\(error)", "The process said last:"] + complaints).joined(separator: "\n")
    }

    /// As it is where there is nothing to add: these say it themselves, or have nothing to do with it.
    fileprivate static func told(_ error: any Error, _ complaints: String) -> any Error {
        let lines = complaints.split(separator: "\n").suffix(20).map(String.init)
        let isPlain = error is ServiceProcess.Ended || error is FaultFailure || error is CancellationError
        return lines.isEmpty || isPlain ? error : FailedBesideProcess(error: error, complaints: lines)
    }
}
