// The operations that the tests' own service answers. It goes by the name of a built-in one, since only those have ports of their own.

import Bus

enum Fake {
    enum Kind: String, Codable, Sendable, CaseIterable, SchemaProviding { case script, section }

    /// At least 1.
    struct Number: Codable, Sendable, Equatable, SchemaProviding {
        let value: Int
        static var schema: JSONSchema { .integer(1...1_000_000) }
        static var sample: Number { Number(value: 1) }

        init(value: Int) { self.value = value }
        init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int.self) }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }

    struct Thing: Codable, Sendable, Equatable {
        let kind: Kind
        let id: Number
        let note: String?
        let tags: [String]?
        let deep: Bool?
    }

    struct NewThing: Codable, Sendable {
        let kind: Kind
        let id: Number
        let note: String
    }

    struct Caller: Codable, Sendable, Equatable {
        let subject: String?
        let kind: String?
        let roles: [String]?
        let key: String?
        let trace: String
    }

    static let create = Operation<NewThing, NewThing>(
        "service_a.create",
        "Makes a thing",
        .post("/things"),
        success: 201,
        access: .user,
        errors: [.conflict]
    )
    static let show = Operation<Thing, Thing>(
        "service_a.show",
        "Shows a thing",
        .get("/things/{kind}/{id}"),
        access: .public,
        isIdempotent: true,
        limits: Limits(cacheSeconds: 60)
    )
    static let update = Operation<Thing, Thing>(
        "service_a.update",
        "Changes a thing",
        .put("/things/{kind}/{id}"),
        access: .public
    )
    static let remove = Operation<Thing, Empty>(
        "service_a.remove",
        "Removes a thing",
        .delete("/things/{kind}/{id}"),
        access: .role("admin")
    )
    static let raw = Operation<RawPayload, RawPayload>(
        "service_a.raw",
        "Says it back, byte for byte",
        .post("/raw"),
        access: .public
    )
    static let caller = Operation<Empty, Caller>(
        "service_a.caller",
        "Says who calls",
        .post("/caller"),
        access: .public
    )
    static let ending = Operation<Empty, Caller>(
        "service_a.ending",
        "Ends what a token stands for",
        .post("/ending"),
        access: .holder
    )
    static let hang = Operation<Empty, Empty>(
        "service_a.hang",
        "Does not answer in time",
        .post("/hang"),
        access: .public,
        limits: Limits(timeoutMilliseconds: 50)
    )
    static let small = Operation<RawPayload, RawPayload>(
        "service_a.small",
        "Takes little",
        .post("/small"),
        access: .public,
        limits: Limits(maxBodyBytes: 64)
    )
    static let fail = Operation<Empty, Empty>(
        "service_a.fail",
        "Fails",
        .post("/fail"),
        access: .public,
        errors: [.conflict]
    )
    static let guarded = Operation<Empty, Empty>(
        "service_a.guarded",
        "Wants a second factor of who has one",
        .post("/guarded"),
        access: .user,
        stepUp: .ifEnrolled
    )
    static let vault = Operation<Empty, Empty>(
        "service_a.vault",
        "Wants a second factor",
        .post("/vault"),
        access: .user,
        stepUp: .always
    )
    static let peers = Operation<Empty, Empty>("service_a.peers", "For peers", .post("/peers"), access: .peer)

    static let wait = Operation<Empty, Empty>("service_a.wait", "Waits", .post("/wait"), access: .public)

    static let changed = Topic<Thing>("things.changed", publisher: "service_a", "A thing", version: 2, access: .user)
    static let opened = Topic<Thing>("things.opened", publisher: "service_a", "For anybody", access: .public)
    static let guardedTopic = Topic<Thing>("things.guarded", publisher: "service_a", "A", access: .role("admin"))
    static let hidden = Topic<Thing>("things.hidden", publisher: "service_a", "For peers")
    static let topics = [changed, opened, guardedTopic, hidden]

    static func handlers(gate: Gate = Gate()) -> Handlers {
        var handlers = Handlers()
        handlers.on(create) { input, _ in input }
        handlers.on(show) { input, _ in input }
        handlers.on(update) { input, _ in input }
        handlers.on(remove) { _, _ in Empty() }
        handlers.on(raw) { input, _ in input }
        handlers.on(small) { input, _ in input }
        for operation in [caller, ending] {
            handlers.on(operation) { _, context in
                Caller(
                    subject: context.principal?.subject,
                    kind: context.principal?.kind.rawValue,
                    roles: context.principal?.roles,
                    key: context.idempotencyKey,
                    trace: context.trace.traceID
                )
            }
        }
        handlers.on(hang) { _, _ in
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            // Whoever ends because nobody waits any more has not done what was asked.
            throw CancellationError()
        }
        handlers.on(wait) { _, _ in
            await gate.pass()
            return Empty()
        }
        handlers.on(fail) { _, _ in
            throw Failure(.conflict, "There is one already.", fields: [.init("id", "is taken")], retryAfter: 7)
        }
        for operation in [guarded, vault, peers] { handlers.on(operation) { _, _ in Empty() } }
        return handlers
    }
}
