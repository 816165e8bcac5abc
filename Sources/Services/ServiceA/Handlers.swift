// Service A's operations bound to its store. `ServiceA.handlers(store:)` is all that the ecosystem needs of this module.

package import Bus
import Contracts
import Storage

/// What Service A answers.
package func handlers(store: some SequenceStore) -> Handlers {
    var handlers = Handlers()
    bindChanges(of: store, to: &handlers)
    handlers.on(SequenceOperations.read) { element, _ in try await store.read(element) }
    handlers.on(SequenceOperations.list) { request, _ in try await store.list(request) }
    handlers.on(SequenceOperations.history) { request, _ in try await store.history(request) }
    handlers.on(SequenceOperations.sequences) { request, _ in try await store.sequences(request) }
    handlers.on(SequenceOperations.digests) { request, _ in try await store.digests(request) }
    handlers.on(SequenceOperations.range) { request, _ in try await store.elements(request) }
    return handlers
}

private func bindChanges(of store: some SequenceStore, to handlers: inout Handlers) {
    handlers.on(SequenceOperations.create) { request, context in
        try await store.create(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.reorder) { request, context in
        try await store.reorder(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.move) { request, context in
        try await store.move(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.version) { request, context in
        try await store.addVersion(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.delete) { request, context in
        try await store.delete(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.empty) { request, context in
        try await store.empty(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.batch) { request, context in
        try await store.change(request, once: try IdempotencyClaim(context, request))
    }
}
