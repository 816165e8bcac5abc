// A wire that can be put between a service and those who call it or follow it: real ZeroMQ sockets on both sides, and faults between.
//
//     caller ──DEALER──> [ROUTER  calls ─> DEALER] ──> ROUTER service         a DEALER for each caller, so the service tells them apart
//            <────────── [       <─ answers      ] <──
//     subscriber ──SUB──> [XPUB <─ events ── SUB] ──> XPUB service            subscriptions are passed on
//
//     let wire = try await FaultyWire.open(to: address, context: context, plan: FaultPlan(seed: 7, events: Faults(drop: 0.1)))
//     let subscriber = try Node(NodeConfiguration(name: "x", directory: ["echo": [wire.address]]), context: context)
//     await wire.partition(); await wire.heal()
//
// Neither side needs to know: give the caller the wire's address instead of the service's. Calls are passed whole and unread; of a block of
// events each travels alone, so that each has its own fate. A service that dies behind the wire is lost for its callers as it would be
// without: they hear goodbye. It carries no CURVE.

public import Bus
import Foundation
internal import ZeroMQ

/// A wire with faults between a service and whoever calls or follows it. `TestEcosystem.run(faults:)` puts them in by
/// service.
public actor FaultyWire {
    /// What callers and subscribers connect to.
    public nonisolated let address: ServiceAddress
    let service: ServiceAddress
    let context: BusContext
    let loop: PollLoop
    private let directory: String?
    private(set) var isPartitioned = false
    private var isClosed = false

    struct Frame: Sendable {
        let caller: [UInt8]
        let bytes: [UInt8]
    }

    var callLane: FaultLane<Frame>
    var answerLane: FaultLane<Frame>
    var eventLane: FaultLane<[UInt8]>
    var router: Socket?
    var publisher: Socket?
    var callers: [[UInt8]: CallerLine] = [:]
    var source: EventSource?
    /// How many subscribers asked for a prefix.
    var subscriptions: [[UInt8]: Int] = [:]

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Opens a wire to a service, which may come later.
    ///
    /// - Parameters:
    ///   - service: Where the service is.
    ///   - context: The context in which `inproc` endpoints are.
    ///   - plan: What shall go wrong; nothing where nothing is said.
    /// - Returns: The wire, which listens.
    /// - Throws: Where the operating system has no more sockets to give.
    public static func open(
        to service: ServiceAddress,
        context: BusContext,
        plan: FaultPlan = FaultPlan(seed: 0)
    ) async throws -> FaultyWire {
        let wire = try FaultyWire(service, context, plan)
        do { try await wire.begin() } catch {
            await wire.close()
            throw error
        }
        return wire
    }

    private init(_ service: ServiceAddress, _ context: BusContext, _ plan: FaultPlan) throws {
        self.service = service
        self.context = context
        let name = "wire-\(UUID().uuidString.prefix(8))"
        if service.calls.hasPrefix("inproc:") {
            directory = nil
            address = ServiceAddress(calls: "inproc://\(name).calls", events: "inproc://\(name).events")
        } else {
            let path = FileManager.default.temporaryDirectory.appending(path: name).path
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            directory = path
            address = ServiceAddress(calls: "ipc://\(path)/calls", events: "ipc://\(path)/events")
        }
        (callLane, answerLane, eventLane) = Self.lanes(plan)
        loop = try PollLoop(name: name)
    }

    // One that was forgotten ends with its loop, which closes the sockets; its directory stays, so close it instead.
    deinit { loop.stop() }

    private static func lanes(_ plan: FaultPlan) -> (FaultLane<Frame>, FaultLane<Frame>, FaultLane<[UInt8]>) {
        // Seeds of their own: what happens in one direction does not depend on what is under way in another.
        (
            FaultLane(plan.calls, seed: plan.seed &* 3), FaultLane(plan.answers, seed: plan.seed &* 3 &+ 1),
            FaultLane(plan.events, seed: plan.seed &* 3 &+ 2)
        )
    }

    private func begin() throws {
        let router = try Socket(context.context, .router, SocketTuning())
        self.router = router
        _ = try router.bind(address.calls)
        loop.watch(router) { [weak self] in self?.assumeIsolated { $0.readCallers() } }
        let publisher = try Socket(context.context, .xpub, SocketTuning())
        self.publisher = publisher
        _ = try publisher.bind(address.events)
        loop.watch(publisher) { [weak self] in self?.assumeIsolated { $0.readSubscriptions() } }
        openSource()
        tick()
    }

    // MARK: Faults

    /// Nothing passes in either direction, what was delayed or held back before is lost with the rest, and nobody is told: as when a cable is pulled.
    public func partition() { isPartitioned = true }

    /// Ends the partition. What was sent meanwhile, or was on its way, is lost; what was delayed beyond it comes.
    public func heal() { isPartitioned = false }

    /// Other faults from now on; their counts begin at 0.
    public func use(_ plan: FaultPlan) {
        flush()
        (callLane, answerLane, eventLane) = Self.lanes(plan)
    }

    /// What became of events and heads.
    public var events: FaultCounts { eventLane.counts }
    /// What became of calls, on their way to the service.
    public var calls: FaultCounts { callLane.counts }
    /// What became of answers, on their way back.
    public var answers: FaultCounts { answerLane.counts }

    /// Takes the wire away.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        for line in callers.values { line.discard() }
        source?.discard()
        (callers, source) = ([:], nil)
        for socket in [router, publisher].compactMap({ $0 }) { loop.ignore(socket) }
        router?.close()
        publisher?.close()
        loop.stop()
        if let directory { try? FileManager.default.removeItem(atPath: directory) }
    }

    // MARK: Time

    /// Held messages go when nothing comes to go before them; lines that could not be opened are opened again.
    private func tick() {
        guard !isClosed else { return }
        flush()
        for line in callers.values { line.retry() }
        source?.retry()
        _ = loop.schedule(after: .milliseconds(10)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private func flush() {
        for passage in callLane.flush() { deliver(passage) { $0.toService($1) } }
        for passage in answerLane.flush() { deliver(passage) { $0.toCaller($1) } }
        for passage in eventLane.flush() { deliver(passage) { $0.toSubscribers($1) } }
    }

    func deliver<Message: Sendable>(
        _ passage: FaultLane<Message>.Passage,
        _ send: @escaping @Sendable (isolated FaultyWire, Message) -> Void
    ) {
        let message = passage.message
        guard passage.delay > .zero else { return send(self, message) }
        _ = loop.schedule(after: passage.delay) { [weak self] in
            self?.assumeIsolated { wire in
                if !wire.isClosed { send(wire, message) }
            }
        }
    }
}
