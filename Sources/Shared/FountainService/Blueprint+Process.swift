// A blueprint as a process of its own: what `fountain serve` does for the built-in services.

internal import Bus
internal import Foundation
public import Logging
internal import Logs
internal import StandardStreams
internal import Topology

extension Blueprint {
    /// Brings the service up in a topology and runs it until SIGTERM or SIGINT; then it refuses new calls, answers what it has in hand, and ends.
    ///
    /// Prints a line that begins with `ready` when it answers; logs JSON to standard error, a line each. Over `tcp` it proves itself with the
    /// secret key of the peer of its name, and SIGHUP makes it read everybody's public keys and rights anew.
    ///
    /// - Parameters:
    ///   - file: The topology, which names the service under `services`, and over `tcp` under `peers`.
    ///   - dataDirectory: Where its database and sockets lie; `nil` for what the topology says.
    ///   - logLevel: What is less important than this is not said.
    /// - Throws: What is wrong with the topology, `Failure` saying what keeps the service from starting, and what its `background` throws.
    public func run(
        topology file: String,
        dataDirectory: String? = nil,
        logLevel: Logger.Level = .info
    ) async throws {
        StandardStreams.prepare()
        let began = ContinuousClock.now
        let topology = try Topology.load(file, dataDirectory: dataDirectory)
        LogWriter.standardError.use(topology.log)
        defer { LogWriter.standardError.flush() }
        var logger = Logger(label: name) { _ in JSONLogHandler() }
        logger.logLevel = logLevel
        let host = ServiceHost(topology: topology, context: try await .of(topology), logger: logger)
        try host.layout.prepare()
        let member = try await host.start(self)
        let process = HostProcess(
            member,
            logger: logger,
            reload: { try host.reload(try Topology.load(file, dataDirectory: dataDirectory)) },
            ready: {
                let milliseconds = Int(began.duration(to: .now) / .milliseconds(1))
                return ["ready: \(name) of \(topology.name) after \(milliseconds) ms"]
            }
        )
        try await process.run()
    }

    /// The same as the whole of a program: `PROGRAM TOPOLOGY [DATA-DIRECTORY]`.
    ///
    /// Ends the process: with 0 after a drain, with 64 where it was called in another way, with 1 and a sentence on standard error where it
    /// could not be brought up, or where its `background` threw.
    ///
    /// - Parameter arguments: The program's name, and what it was given.
    public func main(_ arguments: [String] = CommandLine.arguments) async -> Never {
        guard (2...3).contains(arguments.count), !arguments[1].utf8.starts(with: "-".utf8) else {
            complain("usage: \(arguments.first ?? name) TOPOLOGY [DATA-DIRECTORY]")
            exit(EX_USAGE)
        }
        do {
            try await run(topology: arguments[1], dataDirectory: arguments.dropFirst(2).first)
            exit(EXIT_SUCCESS)
        } catch {
            complain("\(name): \((error as? Failure)?.detail ?? "\(error)")")
            exit(EXIT_FAILURE)
        }
    }

    private func complain(_ line: String) { try? StandardStream.errors.write(Array("\(line)\n".utf8)[...]) }
}
