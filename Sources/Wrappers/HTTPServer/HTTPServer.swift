// An HTTP/1.1 server: values in, values out, one async handler. It knows nothing of routes, JSON or who may do what.
//
//     Listener (queue) ──sockets──> Daemon × threads ──callbacks──> ServerCore ──Task──> handler
//                                        ^───────────── resume ──────────┘
//
// It listens when `init` returns. `run` lasts until a graceful shutdown (or cancellation) and then drains, in this
// order: refuse new requests and connections → let requests in hand finish → answer the rest 503 → stop the daemons. A daemon must
// never be stopped while a connection is suspended; hence the answers first.

import Dispatch
package import Logging
import ServiceLifecycle

package final class HTTPServer: Service {
    /// The port that is listened on, the chosen one where the configuration said 0.
    package var port: UInt16 { listener.port }

    private let configuration: HTTPServerConfiguration
    private let queue = DispatchQueue(label: "http-server")
    private let core: ServerCore
    private let listener: Listener
    private let daemons: [Daemon]

    /// Binds, listens and serves.
    ///
    /// - Parameters:
    ///   - configuration: where to listen and how much to take on.
    ///   - logger: gets libmicrohttpd's own messages, at debug level.
    ///   - doorkeeper: counts connections together with those of other servers; nil for one of its own.
    ///   - executorPreference: where handlers run; nil for the global pool.
    ///   - limits: the most bytes that a request's body may have, by its head; nil for the default.
    ///   - screen: looks at a head before its body is read; what it gives is answered instead of calling the handler.
    ///   - refusal: renders what the server answers by itself; the request may be incomplete and has no body.
    ///   - handler: answers a request. It is cancelled at `requestTimeout`.
    /// - Throws: `HTTPServerError`, and then nothing is left listening.
    package init(
        configuration: HTTPServerConfiguration,
        logger: Logger,
        doorkeeper: Doorkeeper? = nil,
        executorPreference: (any TaskExecutor)? = nil,
        limits: @escaping @Sendable (HTTPRequest) -> Int? = { _ in nil },
        screen: @escaping @Sendable (HTTPRequest) -> Refusal? = { _ in nil },
        refusal: @escaping @Sendable (Refusal, HTTPRequest) -> HTTPResponse = { refusal, _ in refusal.plainText },
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws(HTTPServerError) {
        let queue = queue
        let core = ServerCore(
            configuration: configuration,
            logger: logger,
            doorkeeper: doorkeeper ?? Doorkeeper(configuration.places, lookingEvery: configuration.lookingEvery),
            executor: executorPreference,
            inFlight: { expire in
                InFlight(
                    limit: configuration.maximumInFlight,
                    patience: configuration.requestTimeout,
                    queue: queue,
                    expire: expire
                )
            },
            bodyLimit: limits,
            screen: screen,
            renderer: refusal,
            handler: handler
        )
        self.configuration = configuration
        self.core = core
        listener = try Listener(configuration, queue: queue)
        do throws(HTTPServerError) {
            daemons = try HTTPServer.startDaemons(configuration, core)
        } catch {
            listener.close()
            throw error
        }
        listener.start(daemons, core)
    }

    deinit {
        listener.close()
        core.answerAllDraining()
        queue.sync { for daemon in daemons { daemon.stop() } }
    }

    package func run() async throws {
        try? await gracefulShutdown()  // throws when cancelled, which ends the service too, only without patience
        let patience = Task.isCancelled ? .zero : configuration.drainTimeout
        core.inFlight.drain(at: Doorkeeper.now)
        listener.close()
        await core.inFlight.waitUntilIdle(atMost: patience)
        core.answerAllDraining()
        await core.inFlight.waitUntilIdle(atMost: HTTPServer.flushTimeout)
        await withCheckedContinuation { continuation in
            // Without `self`: were the last reference to go with this closure, `deinit` would wait for the queue on the queue.
            queue.async { [daemons] in
                // On the queue, so that no connection is being handed to them, and after all is answered.
                for daemon in daemons { daemon.stop() }
                continuation.resume()
            }
        }
    }

    /// How long a client may take to receive an answer that is ready when the daemons are to be stopped.
    private static let flushTimeout = Duration.seconds(1)

    private static func startDaemons(
        _ configuration: HTTPServerConfiguration,
        _ core: ServerCore
    ) throws(HTTPServerError) -> [Daemon] {
        var daemons: [Daemon] = []
        do throws(HTTPServerError) {
            for _ in 0..<max(1, configuration.threads) { daemons.append(try Daemon(configuration, core: core)) }
        } catch {
            daemons.forEach { $0.stop() }
            throw error
        }
        return daemons
    }
}
