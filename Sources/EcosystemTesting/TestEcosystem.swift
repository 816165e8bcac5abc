// A whole ecosystem for one test: real sockets, real SQLite files, real HTTP, in a directory and on ports of its own.
//
//     try await TestEcosystem.run { ecosystem in
//         let answer = try await ecosystem.edge.post("/kms/register", […])
//         let pong = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: "kms")
//     }
//
// Up in some 150 ms of a debug build (`topology/test.yaml`: inproc, cheap password hashing), so each test has its own and all run in parallel.
// When the body ends, everything is drained, closed and deleted.

public import Bus
import Contracts
// Exported because a service's tests are run on PostgreSQL too.
@_exported public import DatabaseServer
// Exported because whoever imports the kit has its client, `EdgeClient`: nothing else of that module is public.
@_exported public import Ecosystem
import Foundation
public import FountainService
import HTTPClient
// Exported because a run's history is half of a test with faults.
@_exported public import Histories
// Exported because services of one's own are processes in the end.
@_exported public import Processes
import Topology

/// A whole ecosystem for the time of one test. `run` makes it, and takes it away.
public final class TestEcosystem: Sendable {
    /// A REST client of the main origin, without a token.
    public let edge: EdgeClient
    /// A peer of the bus, named `test`: it may call and follow everything.
    public let bus: Node
    package let ecosystem: Ecosystem
    /// Where its databases and keys lie.
    public let directory: String
    /// The wires before services that were given faults, by the names that they were given to; `wire(_:)` throws for another.
    let wires: [String: FaultyWire]
    /// What it has logged, and no other that runs beside it.
    public let log: CapturedLog
    /// What time it is for it; the host's own where `run` was given none.
    public let clock: SettableClock
    let restarted = RestartedServices()

    /// Brings an ecosystem up for the time of `body`.
    ///
    /// - Parameters:
    ///   - services: Services of one's own, which run beside the built-in ones; the topology need not name them.
    ///   - directory: Where its data lies; kept afterwards where it is given, so that a second run finds it.
    ///   - yaml: The topology; that of `topology/test.yaml` where nothing is said.
    ///   - faults: Services before which a faulty wire is put, for all who call or follow them; see `wire(_:)`. Of one that has several replicas say
    ///     which: `kms 2`. Over `tcp` with keys there is none.
    ///   - level: From which level on its log is kept, in `log`; `.info` has a line for each request.
    ///   - clock: What time it is for its services and its gateway; it may be moved while they run.
    ///   - body: The test.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; else why the ecosystem could not be brought up, or what one of its services ended with before the test did.
    public static func run<Value: Sendable>(
        services: [Blueprint] = [],
        directory: String? = nil,
        yaml: String = TestTopology.inProcess,
        faults: [String: FaultPlan] = [:],
        logs level: CapturedLog.Level = .notice,
        clock: SettableClock = SettableClock(),
        _ body: @Sendable (TestEcosystem) async throws -> Value
    ) async throws -> Value {
        try await run(
            services: services,
            directory: directory,
            yaml: yaml,
            faults: faults,
            logs: level,
            clock: clock,
            becoming: { try await $0.untilReady(.all) },
            body
        )
    }

    /// The same with services that are changed before they are brought up, as a test does that plants a mistake. `becoming`: what is waited for then.
    package static func run<Value: Sendable>(
        services: [Blueprint] = [],
        directory: String? = nil,
        yaml: String = TestTopology.inProcess,
        faults: [String: FaultPlan] = [:],
        logs level: CapturedLog.Level = .notice,
        clock: SettableClock = SettableClock(),
        changing: @escaping @Sendable (Blueprint) -> Blueprint = { $0 },
        becoming ready: @escaping @Sendable (Ecosystem) async throws -> Void = { try await $0.untilReady(.all) },
        _ body: @Sendable (TestEcosystem) async throws -> Value
    ) async throws -> Value {
        let place =
            directory
            ?? FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))").path
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        var topology = try Topology.parse(yaml: yaml, file: "test", dataDirectory: place, environment: [:])
        for service in services { topology.add(service.name) }
        let context = try BusContext()
        let wires = try await topology.putWires(faults, context)
        let log = CapturedLog()
        let outcome = await caught { [topology] in
            let ecosystem = try await Ecosystem.build(
                topology,
                services: services,
                context: context,
                logger: log.logger(from: level),
                now: { clock.moment },
                changing: changing
            )
            return try await ecosystem.running(becoming: ready) {
                let test = try TestEcosystem(ecosystem, place, wires, log, clock)
                let result = await test.explained(await caught { try await body(test) })
                await test.tellSuspects(after: result)
                await test.bus.shutDown()
                let end = await caught { try await test.restarted.end() }
                let value = try result.get()
                try end.get()
                return value
            }
        }
        for wire in wires.values { await wire.close() }
        return try outcome.get()
    }

    private init(
        _ ecosystem: Ecosystem,
        _ directory: String,
        _ wires: [String: FaultyWire],
        _ log: CapturedLog,
        _ clock: SettableClock
    ) throws {
        self.ecosystem = ecosystem
        self.directory = directory
        self.wires = wires
        self.log = log
        self.clock = clock
        edge = EdgeClient(origin: ecosystem.origin(), http: HTTPClient())
        bus = try ecosystem.join(as: "test")
    }

    /// A peer of the bus under another name, over the sockets that the services are called by. Shut it down before the test ends.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give.
    public func join(as name: String) throws -> Node { try ecosystem.join(as: name) }

    /// A client of a service's own port, where its prefix is stripped.
    ///
    /// - Throws: `Failure` with `not_found` where the topology gives it no port: `services: {guestbook: {port: 0}}` does. One that is only among
    ///   `services` of `run` has none; it is at the main origin, `edge`, below its prefix.
    public func edge(of service: String) throws -> EdgeClient {
        let origin = ecosystem.origin(of: service)
        guard !origin.isEmpty else {
            let words = "\(service) has no port of its own here: give it one in the topology, `\(service): {port: 0}`."
            throw Failure(.notFound, words)
        }
        return EdgeClient(origin: origin, http: HTTPClient())
    }

    /// Registers an account, logs in, and gives a client with its token. The password is `secure123`.
    ///
    /// - Parameters:
    ///   - username: The account's name; one that is there already is refused.
    ///   - roles: Its roles, parted by commas: `admin`, which only the first account may give itself. `user` where nothing is said.
    /// - Returns: A client whose requests are the account's.
    /// - Throws: `UnexpectedAnswer` where the ecosystem says no.
    public func loggedIn(as username: String = "ada", roles: String? = nil) async throws -> EdgeClient {
        var account: [String: JSONValue] = ["username": .string(username), "password": "secure123"]
        if let roles { account["roles"] = .string(roles) }
        try (try await edge.post("/kms/register", .object(account))).require(201)
        let login = try await edge.post("/kms/login", ["username": .string(username), "password": "secure123"])
        try login.require(200)
        guard let token = login["access_token"].string else {
            throw UnexpectedAnswer(description: "no access_token in \(login.text)", trace: login.trace)
        }
        return edge.with(token: token)
    }

    /// A step that was not answered as it should be says where its time went, and who said no.
    private func explained<Value>(_ result: Result<Value, any Error>) async -> Result<Value, any Error> {
        guard case .failure(let error as UnexpectedAnswer) = result, let trace = error.trace,
            let story = try? await TraceStory.collect(SpanQuery(trace: trace), by: bus, in: ecosystem.topology)
        else { return result }
        let told = ([error.description] + story.lines).joined(separator: "\n")
        return .failure(UnexpectedAnswer(description: told, trace: trace))
    }

    /// What a test found wrong without ending at it: where the time of the answers before that went.
    private func tellSuspects<Value>(after result: Result<Value, any Error>) async {
        guard let witness = AnswerWitness.current else { return }
        var told: String?
        if case .failure(let error) = result {
            if let error = error as? UnexpectedAnswer { told = error.trace } else { _ = witness.suspect() }
        }
        for answer in witness.takeSuspects() where answer.trace != told {
            let story = try? await TraceStory.collect(SpanQuery(trace: answer.trace), by: bus, in: ecosystem.topology)
            witness.say([answer.line] + (story?.lines ?? ["Nobody could be asked."]))
        }
    }
}

/// An answer of another status than the one that a step of set-up needs.
public struct UnexpectedAnswer: Error, CustomStringConvertible {
    /// What was expected, and what came, with its body; thrown out of `TestEcosystem.run`, also where the time of that request went.
    public let description: String
    /// The trace of the request, as `fountain explain` takes it.
    public let trace: String?

    package init(description: String, trace: String? = nil) {
        self.description = description
        self.trace = trace
    }
}

extension EdgeClient.Answer {
    /// - Throws: `UnexpectedAnswer` saying what came instead.
    public func require(_ expected: Int) throws {
        guard status == expected else {
            let story = AnswerWitness.current?.suspect() ?? []
            let told = ["expected \(expected), got \(status): \(text)"] + story
            throw UnexpectedAnswer(description: told.joined(separator: "\n"), trace: trace)
        }
    }
}
