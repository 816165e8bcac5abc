// A service as somebody writes it down: its name, its topics and tables, and what it answers. Everything else (addresses, keys, grants, the
// log, statistics, signals, the drain at the end) it gets from the topology that it is brought up in.
//
//     let guestbook = Blueprint("guestbook", topics: [signed.description], migrations: [tables]) { site, store in
//         var handlers = Handlers()
//         handlers.on(sign) { entry, context in try await store.write(for: context, entry) { … } }
//         return handlers
//     }
//     await guestbook.main()                                       a process of its own
//     try await TestEcosystem.run(services: [guestbook]) { … }     beside the built-in services, in a test
//
// The built-in services are blueprints too (`Ecosystem`): there is one way into the bus. A blueprint does nothing by itself; it may be brought up
// any number of times, each time with a node and a store of its own.

public import Bus
public import Storage

/// What there is to know of a service before it runs.
public struct Blueprint: Sendable {
    /// The service's name in the topology, and the first part of its operations' names: `guestbook` of `guestbook.sign`.
    public let name: String
    /// Opens what the service keeps, and binds what it answers. Called once each time that it is brought up; may block.
    package let parts: @Sendable (Site) async throws -> ServiceParts

    package init(_ name: String, parts: @escaping @Sendable (Site) async throws -> ServiceParts) {
        self.name = name
        self.parts = parts
    }

    /// A service that keeps nothing.
    ///
    /// - Parameters:
    ///   - name: What the topology calls it: lower-case letters, digits and `_`.
    ///   - background: What it does by itself while it runs, following a topic for instance. It is cancelled when the service shall end; where it
    ///     returns or throws before that, the service drains and ends too, with what it threw.
    ///   - vitals: What it says of its own health, in `fountain ping`, `stats`, `/ready` and `/metrics`; asked each time.
    ///   - handlers: What it answers. What this throws keeps it from starting.
    public init(
        _ name: String,
        background: (@Sendable (Site) async throws -> Void)? = nil,
        vitals: (@Sendable (Site) async -> Vitals)? = nil,
        handlers: @escaping @Sendable (Site) throws -> Handlers
    ) {
        self.init(name) { site in
            var parts = ServiceParts(handlers: try Self.checked(try handlers(site), of: name, at: site))
            if let background { parts.background = { _ in try await background(site) } }
            if let vitals { parts.vitals = { _ in await vitals(site) } }
            return parts
        }
    }

    /// A service with a store: a file of SQLite in the data directory, or a schema on PostgreSQL, as the topology has it.
    ///
    /// The store has an outbox: what a write records with `Transaction.publish` is on disk with the change, or neither is, and reaches every
    /// subscriber once. It has a ledger of idempotency keys as well: see `DurableStore.write(for:_:_:)`.
    ///
    /// - Parameters:
    ///   - name: What the topology calls it: lower-case letters, digits and `_`.
    ///   - topics: The topics that it publishes, so that they are known before the first event.
    ///   - migrations: Its tables, step by step; a step that was released is never changed. They run before anything is answered.
    ///   - background: As above.
    ///   - vitals: As above.
    ///   - handlers: What it answers. What this throws keeps it from starting.
    public init(
        _ name: String,
        topics: [TopicDescription] = [],
        migrations: [Migration],
        background: (@Sendable (Site, DurableStore) async throws -> Void)? = nil,
        vitals: (@Sendable (Site, DurableStore) async -> Vitals)? = nil,
        handlers: @escaping @Sendable (Site, DurableStore) throws -> Handlers
    ) {
        self.init(name) { site in
            let store = try DurableStore(site.store, topics: topics.map(\.name), migrations: migrations)
            // Where this throws, nobody holds the store any more, and it closes by itself.
            var parts = ServiceParts(handlers: try Self.checked(try handlers(site, store), of: name, at: site))
            (parts.topics, parts.log) = (topics, store.outbox)
            if let background { parts.background = { _ in try await background(site, store) } }
            if let vitals { parts.vitals = { _ in await vitals(site, store) } }
            parts.close = { await store.close() }
            return parts
        }
    }

    /// Who calls an operation looks for the service that its name begins with: under another name nobody would ever come. And a setting that
    /// nobody has asked for by now is a mistake of whoever wrote it.
    private static func checked(_ handlers: Handlers, of name: String, at site: Site) throws(Failure) -> Handlers {
        try site.settings.finish()
        guard let stray = handlers.entries.keys.first(where: { serviceName(ofOperation: $0) != name }) else {
            return handlers
        }
        throw Failure(.invalidRequest, "\(stray) is no operation of \(name): its name has to begin with \"\(name).\".")
    }
}
