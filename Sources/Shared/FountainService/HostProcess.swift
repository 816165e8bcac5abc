// What every process of the ecosystem does around its services: it says ready once, runs until SIGTERM or SIGINT asks it to drain, and reads
// keys and rights anew at SIGHUP.

import Bus
import Foundation
package import Logging
package import ServiceLifecycle
import StandardStreams
import UnixSignals

package struct HostProcess: Sendable {
    private let main: any Service
    private let logger: Logger
    private let greeter: Greeter
    private let reloader: Reloader

    /// - Parameters:
    ///   - main: What runs; the process ends with it.
    ///   - logger: What goes wrong beside it is said there.
    ///   - reload: Takes over the peers of the topology, read anew.
    ///   - ready: Waits until all of it answers, and says so in lines for standard output.
    package init(
        _ main: any Service,
        logger: Logger,
        reload: @escaping @Sendable () throws -> Void,
        ready: @escaping @Sendable () async throws -> [String]
    ) {
        self.main = main
        self.logger = logger
        greeter = Greeter(ready: ready, logger: logger)
        reloader = Reloader(reload: reload, logger: logger)
    }

    /// Until it was asked to end and has drained.
    package func run() async throws {
        let others = [greeter as any Service, reloader].map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0, successTerminationBehavior: .ignore)
        }
        let first = ServiceGroupConfiguration.ServiceConfiguration(
            service: main,
            successTerminationBehavior: .gracefullyShutdownGroup
        )
        let configuration = ServiceGroupConfiguration(
            services: [first] + others,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Says ready once, beside what runs.
private struct Greeter: Service, CustomStringConvertible {
    let ready: @Sendable () async throws -> [String]
    let logger: Logger

    var description: String { "greeter" }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            // Who is asked to end while it still waits is told in many words that it waits no more; that is no failure.
            do { say(try await ready()) } catch { if !Task.isCancelled { throw error } }
        }
    }

    /// On a thread of its own: whoever should read may be gone, or not be reading, and the services go on all the same.
    private func say(_ lines: [String]) {
        Thread.detachNewThread { [logger] in
            do throws(WriteFailure) {
                try StandardStream.output.write(Array("\(lines.joined(separator: "\n"))\n".utf8)[...])
            } catch {
                let reason = "Standard output cannot be written to: \(error)."
                logger.warning("what is ready could not be said", metadata: ["error": "\(reason)"])
            }
        }
    }
}

/// Takes over keys and rights of peers whenever SIGHUP says that they have changed.
private struct Reloader: Service, CustomStringConvertible {
    let reload: @Sendable () throws -> Void
    let logger: Logger

    var description: String { "reloader" }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do { try reload() } catch {
                let reason = (error as? Failure)?.detail ?? "\(error)"
                logger.error("the peers stay as they were", metadata: ["error": "\(reason)"])
            }
        }
    }
}
