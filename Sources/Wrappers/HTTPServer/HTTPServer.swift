// An HTTP/1.1 server: values in, values out, one async handler. It knows nothing of routes, JSON or who may do what.
//
//     Listener (thread) ─sockets──> Daemon, a guest of each loop ──callbacks──> ServerCore ──Task──> handler
//                                        ^─────────────────── resume ─────────────────────┘
//
// A request begins, waits and ends on the loop that its connection was dealt to; handlers run there too, unless they are sent elsewhere.
//
// It listens when `init` returns. `run` lasts until a graceful shutdown (or cancellation) and then, after `notice`, drains, in this
// order: refuse new requests and connections → end streams → let requests in hand finish → answer the rest 503 → stop the daemons. A daemon must
// never be stopped while a connection is suspended; hence the answers first.

import Dispatch
package import Logging
import ServiceLifecycle
package import ZeroMQ

package final class HTTPServer: Service {
    /// The port that is listened on, the chosen one where the configuration said 0.
    package var port: UInt16 { listener.port }

    private let configuration: HTTPServerConfiguration
    private let queue = DispatchQueue(label: "http-server")
    private let core: ServerCore
    private let listener: Listener
    private let daemons: [Daemon]
    /// Loops that nobody else has: they end with the daemons.
    private let ownLoops: [PollLoop]

    /// Binds, listens and serves.
    ///
    /// - Parameters:
    ///   - configuration: where to listen and how much to take on.
    ///   - logger: gets libmicrohttpd's own messages, at debug level.
    ///   - doorkeeper: counts connections together with those of other servers; nil for one of its own.
    ///   - loops: where connections and handlers live, in turn; they must outlive the server. Empty: `threads` loops of the server's own.
    ///   - executorPreference: where handlers run; nil for the loop of the connection, which they must not block.
    ///   - limits: the most bytes that a request's body may have, by its head; nil for the default.
    ///   - note: what to keep of a head in `HTTPRequest.note`; called once, before anybody else is asked about the request.
    ///   - screen: looks at a head before its body is read; what it gives is answered instead of calling the handler.
    ///   - refusal: renders what the server answers by itself; the request may be incomplete and has no body.
    ///   - prompt: answers at once what waits for nobody, on the loop; where it gives nil, the handler is called.
    ///   - handler: answers a request. It is cancelled at `requestTimeout`.
    /// - Throws: `HTTPServerError`, and then nothing is left listening.
    package init(
        configuration: HTTPServerConfiguration,
        logger: Logger,
        doorkeeper: Doorkeeper? = nil,
        loops: [PollLoop] = [],
        executorPreference: (any TaskExecutor)? = nil,
        limits: @escaping @Sendable (HTTPRequest) -> Int? = { _ in nil },
        note: @escaping @Sendable (HTTPRequest) -> (any Sendable)? = { _ in nil },
        screen: @escaping @Sendable (HTTPRequest) -> Refusal? = { _ in nil },
        refusal: @escaping @Sendable (Refusal, HTTPRequest) -> HTTPResponse = { refusal, _ in refusal.plainText },
        prompt: @escaping @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil },
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
            note: note,
            screen: screen,
            renderer: refusal,
            prompt: prompt,
            handler: handler
        )
        self.configuration = configuration
        self.core = core
        ownLoops = try loops.isEmpty ? HTTPServer.makeLoops(configuration.threads) : []
        do throws(HTTPServerError) {
            listener = try Listener(configuration)
        } catch {
            ownLoops.forEach { $0.stop() }
            throw error
        }
        do throws(HTTPServerError) {
            daemons = try HTTPServer.startDaemons(configuration, core, on: loops + ownLoops)
        } catch {
            listener.close()
            ownLoops.forEach { $0.stop() }
            throw error
        }
        listener.start(daemons, core)
    }

    deinit {
        listener.close()
        core.streams.stopAll()
        core.answerAllDraining()
        stopDaemons {}
    }

    package func run() async throws {
        try? await gracefulShutdown()  // throws when cancelled, which ends the service too, only without patience
        try? await Task.sleep(for: configuration.notice)
        let patience = Task.isCancelled ? .zero : configuration.drainTimeout
        core.inFlight.drain(at: Doorkeeper.now)
        listener.close()
        core.streams.stopAll()
        await core.inFlight.waitUntilIdle(atMost: patience)
        core.answerAllDraining()
        await core.inFlight.waitUntilIdle(atMost: HTTPServer.flushTimeout)
        await withCheckedContinuation { continuation in stopDaemons { continuation.resume() } }
    }

    /// Without `self` beyond its return: the last reference may be going.
    private func stopDaemons(then body: @escaping @Sendable () -> Void) {
        let isOver = Latch(daemons.count) { [ownLoops] in
            ownLoops.forEach { $0.stop() }
            body()
        }
        for daemon in daemons { daemon.stop { isOver.open() } }
    }

    /// How long a client may take to receive an answer that is ready when the daemons are to be stopped.
    private static let flushTimeout = Duration.seconds(1)

    private static func makeLoops(_ count: Int) throws(HTTPServerError) -> [PollLoop] {
        var loops: [PollLoop] = []
        do {
            for number in 0..<max(1, count) { loops.append(try PollLoop(name: "http-\(number)")) }
        } catch {
            loops.forEach { $0.stop() }
            throw .daemonRefused
        }
        return loops
    }

    private static func startDaemons(
        _ configuration: HTTPServerConfiguration,
        _ core: ServerCore,
        on loops: [PollLoop]
    ) throws(HTTPServerError) -> [Daemon] {
        var configuration = configuration
        configuration.threads = loops.count
        var daemons: [Daemon] = []
        do throws(HTTPServerError) {
            for loop in loops { daemons.append(try Daemon(configuration, core: core, on: loop)) }
        } catch {
            for daemon in daemons { daemon.stop {} }
            throw error
        }
        return daemons
    }
}
