// What a service answers: operations bound to functions. Built before the service starts, fixed from then on.
//
//     var handlers = Handlers()
//     handlers.on(KMS.login) { credentials, context in try await accounts.login(credentials) }
//
// Handlers begin on the bus loop and must not block it: database work hops to the store's queue, work of more than a millisecond
// of CPU goes elsewhere (`withTaskExecutorPreference(globalConcurrentExecutor)`, a dedicated queue). `@concurrent` does not leave: a
// task that prefers the loop keeps its preference.

public struct Handlers: Sendable {
    /// Payload in, payload out; what it throws becomes a coded error reply.
    package typealias Body = @Sendable (ArraySlice<UInt8>, CallContext) async throws -> [UInt8]

    package struct Entry: Sendable {
        package let description: OperationDescription
        package let body: Body
    }

    package private(set) var entries: [String: Entry] = [:]

    public init() {}

    /// Binds an operation; a second binding of the same name is a mistake of ours and traps.
    public mutating func on<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        precondition(entries[operation.name] == nil, "\(operation.name) is bound twice")
        entries[operation.name] = Entry(description: operation.description) { payload, context in
            let input = try PayloadCoding.decode(Input.self, from: payload)
            return try PayloadCoding.encode(try await body(input, context))
        }
    }

    /// The operations as data, by name.
    package var descriptions: [OperationDescription] {
        entries.values.map(\.description).sorted { $0.name < $1.name }
    }
}
