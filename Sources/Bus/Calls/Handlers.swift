// What a service answers: operations bound to functions. Built before the service starts, fixed from then on.
//
//     var handlers = Handlers()
//     handlers.on(KMS.login) { credentials, context in try await accounts.login(credentials) }
//
// Handlers run on the bus loop and must not block it: database work hops to the store's queue, work of more than a millisecond
// of CPU goes elsewhere (`withTaskExecutorPreference(globalConcurrentExecutor)`, a dedicated queue). `@concurrent` does not leave: a
// task that prefers the loop keeps its preference. A function that never waits (no `await` in it) gets no task at all: it runs where
// its call was read and is answered in the same turn of the loop.

/// What a service answers: a table from operations to functions. Binding one twice is a mistake of ours, and traps.
public struct Handlers: Sendable {
    /// Payload in, payload out; what it throws becomes a coded error reply.
    package enum Body: Sendable {
        /// Has ended when it returns: nothing to wait for, nothing to cancel.
        case immediate(@Sendable (ArraySlice<UInt8>, CallContext) throws -> [UInt8])
        case suspending(@Sendable (ArraySlice<UInt8>, CallContext) async throws -> [UInt8])

        var mayWait: Bool {
            if case .suspending = self { true } else { false }
        }
    }

    package struct Entry: Sendable {
        package let description: OperationDescription
        let handler: Body

        /// Runs it, whichever kind it is.
        package func body(_ payload: ArraySlice<UInt8>, _ context: CallContext) async throws -> [UInt8] {
            switch handler {
            case .immediate(let run): try run(payload, context)
            case .suspending(let run): try await run(payload, context)
            }
        }
    }

    package private(set) var entries: [String: Entry] = [:]

    /// Without operations. `Node.serve` adds `bus.ping`, `bus.info` and the others that every service answers.
    public init() {}

    /// Binds an operation to a function that may wait; a second binding of the same name is a mistake of ours and traps.
    public mutating func on<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        bind(
            operation.description,
            .suspending { payload, context in
                let input = try PayloadCoding.decodeInput(Input.self, from: payload)
                return try PayloadCoding.encode(try await body(input, context))
            }
        )
    }

    /// The same for a function that never waits; a closure without `await` in it is one.
    public mutating func on<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ body: @escaping @Sendable (Input, CallContext) throws -> Output
    ) {
        bind(
            operation.description,
            .immediate { payload, context in
                let input = try PayloadCoding.decodeInput(Input.self, from: payload)
                return try PayloadCoding.encode(try body(input, context))
            }
        )
    }

    private mutating func bind(_ description: OperationDescription, _ handler: Body) {
        precondition(entries[description.name] == nil, "\(description.name) is bound twice")
        entries[description.name] = Entry(description: description, handler: handler)
    }

    /// The operations as data, by name.
    package var descriptions: [OperationDescription] {
        entries.values.map(\.description).sorted { $0.name < $1.name }
    }
}

#if DEBUG
extension Handlers {
    /// Lets somebody else answer an operation, who is given what answered it so far: how a test plants a mistake in a service.
    package mutating func plant(
        _ name: String,
        _ body: @escaping @Sendable (Entry, ArraySlice<UInt8>, CallContext) async throws -> [UInt8]
    ) {
        guard let entry = entries[name] else { preconditionFailure("\(name) is not bound") }
        entries[name] = Entry(description: entry.description, handler: .suspending { try await body(entry, $0, $1) })
    }
}
#endif
