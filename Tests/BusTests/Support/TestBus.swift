// A bus of a test's own: its context, its endpoints, nodes that are shut down at the end.

import Foundation
import Synchronization
import Testing

@testable import Bus

enum Transport: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inproc, ipc, tcp

    var testDescription: String { rawValue }

    /// Endpoints nobody else uses; `tcp` ports are chosen by the kernel, so the address is known only after `serve`.
    func freshAddress() -> ServiceAddress {
        let id = UUID().uuidString.prefix(8)
        let file = FileManager.default.temporaryDirectory.appending(path: "fb-\(id)").path
        return switch self {
        case .inproc: ServiceAddress(calls: "inproc://\(id).calls", events: "inproc://\(id).events")
        case .ipc: ServiceAddress(calls: "ipc://\(file).calls", events: "ipc://\(file).events")
        case .tcp: ServiceAddress(calls: "tcp://127.0.0.1:*", events: "tcp://127.0.0.1:*")
        }
    }
}

enum Echo {
    struct Text: Codable, Sendable, Equatable { let text: String }
    static let say = Operation<Text, Text>("echo.say", "Says it back", access: .public, isIdempotent: true)
    static let once = Operation<Text, Text>("echo.once", "Says it back, once", access: .public)
    static let hang = Operation<Text, Text>("echo.hang", "Never answers", access: .public)
    static let admin = Operation<Text, Text>("echo.admin", "For admins", access: .role("admin"))
    static let fail = Operation<Text, Text>("echo.fail", "Fails", access: .public)
    static let said = Topic<Text>("echo.said", publisher: "echo", "What was said")
}

final class TestBus: Sendable {
    /// For a call that is to be at work when its deadline comes: a handler's turn comes late on a machine that is full.
    static let untilBegun = Duration.seconds(2)

    let context: BusContext

    init() throws { context = try BusContext() }

    func configuration(_ name: String, _ directory: [String: [ServiceAddress]] = [:]) -> NodeConfiguration {
        var configuration = NodeConfiguration(name: name, directory: directory)
        configuration.heartbeat = .milliseconds(40)
        // As in a running system: on two busy cores a peer may well be silent for half a second.
        configuration.liveness = .seconds(3)
        configuration.connectGrace = .seconds(20)
        configuration.drainTimeout = .seconds(2)
        configuration.allowsPlaintextOnLoopback = true
        return configuration
    }

    func node(_ name: String, _ directory: [String: [ServiceAddress]] = [:]) throws -> Node {
        try Node(configuration(name, directory), context: context)
    }

    /// An `echo` service that answers the operations above.
    func echo(
        at address: ServiceAddress,
        log: (any EventLog)? = nil,
        handlers: Handlers = TestBus.echoHandlers()
    ) async throws -> (node: Node, address: ServiceAddress) {
        let node = try node("echo")
        do { return (node, try await node.serve(handlers, log: log, at: address)) } catch {
            await node.shutDown()
            throw error
        }
    }

    /// One of several `echo` services; it takes so many calls at a time.
    func replica(
        _ handlers: Handlers = TestBus.echoHandlers(),
        _ transport: Transport = .inproc,
        limit: Int = 4_096
    ) async throws -> (node: Node, address: ServiceAddress) {
        var configuration = configuration("echo")
        configuration.maxOutstanding = limit
        let node = try Node(configuration, context: context)
        return (node, try await node.serve(handlers, at: transport.freshAddress()))
    }

    func replica(_ transport: Transport) async throws -> (node: Node, address: ServiceAddress) {
        try await replica(TestBus.echoHandlers(), transport)
    }

    /// A caller that is connected to all of them.
    func caller(of replicas: [ServiceAddress]) async throws -> Node {
        let caller = try node("caller", ["echo": replicas])
        // The first call makes the connections; it may be refused.
        _ = await code { try await caller.call(BusOperations.ping, Empty(), on: "echo") }
        while await !caller.stats().links.allSatisfy(\.isReady) {
            try Task.checkCancellation()
            await Task.yield()
        }
        return caller
    }

    static func echoHandlers(hanging: Gate = Gate()) -> Handlers {
        var handlers = Handlers()
        handlers.on(Echo.say) { input, _ in input }
        handlers.on(Echo.once) { input, _ in input }
        handlers.on(Echo.admin) { input, _ in input }
        handlers.on(Echo.hang) { input, _ in
            await hanging.wait()
            try Task.checkCancellation()
            return input
        }
        handlers.on(Echo.fail) { input, _ in throw Failure(.conflict, input.text) }
        return handlers
    }
}

/// Something to wait for, opened once.
actor Gate {
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func wait() async {
        guard !isOpen else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters.append($0) }
        } onCancel: {
            Task { await self.open() }
        }
    }
}

/// Counts what happens in many tasks.
final class Counter: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    func count() { number.add(1, ordering: .relaxed) }
}
