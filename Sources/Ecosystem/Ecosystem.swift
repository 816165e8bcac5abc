// The ecosystem of a topology, assembled: the one `build` that the command line and every test call.
//
//   let ecosystem = try await Ecosystem.build(topology)     everything listens when this returns
//   try await ecosystem.run()                               until graceful shutdown; then the gateway drains first, the services after it
//
// It holds no logic of its own: services are blueprints (`Blueprint+….swift`), and a blueprint with a node is a member. Services come up beside
// each other, the gateway behind all of them; members run in one ServiceGroup, whose order, reversed, is that of ending.

package import Bus
package import FountainService
package import Gateway
package import Logging
import ServiceLifecycle
package import Topology
package import TwoFactor

package struct Ecosystem: Service, CustomStringConvertible {
    package let topology: Topology
    /// The processes' meeting place over `inproc`; who wants to join an ecosystem of that transport needs it.
    package let context: BusContext
    /// What delivers one-time codes where the topology says `sink`.
    package let sink: SinkDelivery
    package let gateway: Gateway?
    /// The names of the services that it runs.
    let running: [String]
    /// The gateway's places on the bus.
    let gatewayNodes: [Node]
    private let members: [any Service]
    private let assembly: Assembly
    var logger: Logger { assembly.host.logger }

    /// What a ServiceGroup calls it. Without it that writes down the whole of it, topology and all, for each group that is made.
    package var description: String { "ecosystem" }

    /// Which part of a topology to bring up.
    package enum Part: Sendable, Equatable {
        /// Everything that the topology runs on this host, each replica of it, and the gateway.
        case all
        /// One service, or `gateway`; of several replicas one.
        case only(String, replica: Int = 1)

        /// Which of the gateways belongs to it.
        var gateway: Int? {
            switch self {
            case .all: 1
            case .only(Topology.gatewayPeer, let number): number
            case .only: nil
            }
        }
    }

    /// Brings up a topology, or a part of it. When it returns, everything that it brought up listens.
    ///
    /// - Parameters:
    ///   - topology: What is brought up.
    ///   - part: All of it that runs on this host, or one service.
    ///   - services: Services that are not built in, which the topology has to name.
    ///   - context: Where its nodes meet over `inproc`; one of its own, where nothing is said.
    ///   - logger: Where all of it logs.
    ///   - now: What time it is for its services and its gateway: for what they write down, and what expires.
    ///   - changing: What becomes of a blueprint before it is brought up; for tests that plant a mistake in a service.
    /// - Returns: The ecosystem; `run` it.
    /// - Throws: `Failure` saying what could not be brought up and why; what stood already is ended again.
    package static func build(
        _ topology: Topology,
        _ part: Part = .all,
        services: [Blueprint] = [],
        context: BusContext? = nil,
        logger: Logger,
        now: @escaping @Sendable () -> Deadline = { .now },
        changing: @escaping @Sendable (Blueprint) -> Blueprint = { $0 }
    ) async throws -> Ecosystem {
        let context = if let context { context } else { try await BusContext.of(topology) }
        let host = ServiceHost(topology: topology, context: context, logger: logger, now: now)
        let assembly = Assembly(host: host, own: services, changing: changing)
        try host.layout.prepare()
        var members: [Member] = []
        do {
            members = try await start(assembly.blueprints(of: part), on: host)
            let front = if let number = part.gateway { try await assembly.startGateway(number) } else { nil as Front? }
            return Ecosystem(assembly, members, front)
        } catch {
            for member in members { await member.node.shutDown() }
            throw error
        }
    }

    private typealias Started = (place: Int, member: Result<Member, any Error>)

    /// Brings services up beside each other, as processes of their own would come up; replicas of one after each other, since the first makes what all of
    /// them need. Where one cannot be, none stays.
    private static func start(_ blueprints: [(Blueprint, Int)], on host: ServiceHost) async throws -> [Member] {
        let replicas = Dictionary(grouping: blueprints.indices) { blueprints[$0].0.name }
        let started = await withTaskGroup(of: [Started].self) { group in
            for places in replicas.values { group.addTask { await start(places, of: blueprints, on: host) } }
            return await group.reduce(into: []) { $0 += $1 }.sorted { $0.place < $1.place }
        }
        do { return try started.map { try $0.member.get() } } catch {
            for case .success(let member) in started.map(\.member) { await member.node.shutDown() }
            throw error
        }
    }

    /// Ends with the first that cannot be.
    private static func start(_ places: [Int], of blueprints: [(Blueprint, Int)], on host: ServiceHost) async
        -> [Started]
    {
        var started: [Started] = []
        for place in places {
            let (blueprint, replica) = blueprints[place]
            do { started.append((place, .success(try await host.start(blueprint, replica: replica)))) } catch {
                return started + [(place, .failure(error))]
            }
        }
        return started
    }

    private typealias Front = (gateway: Gateway, member: Member)

    private init(_ assembly: Assembly, _ members: [Member], _ front: Front?) {
        self.assembly = assembly
        topology = assembly.topology
        context = assembly.host.context
        sink = assembly.sink
        gateway = front?.gateway
        running = members.map(\.name)
        gatewayNodes = front.map { [$0.member.node] + $0.member.besides } ?? []
        self.members = members + (front.map { [$0.member as any Service, $0.gateway] } ?? [])
    }

    /// Runs until graceful shutdown.
    package func run() async throws {
        let services = members.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services, logger: assembly.host.logger)
        ).run()
    }

    /// Ends a service as `kill -9` ends a process, as far as that can be told from outside: nobody hears a word, nothing in hand is finished.
    ///
    /// - Throws: `Failure` with `not_found` where it does not run here.
    package func kill(_ service: String, replica: Int = 1) async throws {
        let own = members.lazy.compactMap { $0 as? Member }
        guard let member = own.first(where: { $0.name == service && $0.replica == replica }) else {
            throw Failure(.notFound, "\(service) does not run here.")
        }
        await member.kill()
    }

    /// Brings a service up anew on the data of the one that was killed. Who asks runs it, and ends it.
    ///
    /// - Throws: `Failure` saying why it could not be brought up.
    package func restart(_ service: String, replica: Int = 1) async throws -> any RestartedService {
        try await assembly.host.start(try assembly.blueprint(service), replica: replica)
    }

    /// A peer of this ecosystem, for those who want to call its services: the command line, tests.
    ///
    /// - Parameters:
    ///   - name: What it calls itself.
    ///   - peer: Whose key it proves itself with, where peers have to; the first whose key is here, where nothing is said.
    /// - Returns: Its node; whoever joins shuts it down.
    /// - Throws: Where the operating system has no more threads or sockets to give, and `Failure` where the key is no good.
    package func join(as name: String, by peer: String? = nil) throws -> Node {
        try Node(topology.nodeConfiguration(name, as: peer, logger: assembly.host.logger), context: context)
    }

    /// Takes over the peers of a topology that was read anew, as `ServiceHost.reload` does.
    package func reload(_ changed: Topology) throws { try assembly.host.reload(changed) }
}
