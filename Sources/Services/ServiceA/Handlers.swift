// Service A's operations bound to its store. `ServiceA.handlers(store:)` is all that the ecosystem needs of this module.

package import Bus
import Contracts
import Storage

/// What Service A answers.
package func handlers(store: any SequenceStore) -> Handlers {
    var handlers = Handlers()
    handlers.on(SequenceOperations.create) { request, context in
        try await store.create(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.reorder) { request, context in
        try await store.reorder(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.version) { request, context in
        try await store.addVersion(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SequenceOperations.delete) { element, context in
        try await store.delete(element, once: try IdempotencyClaim(context, element))
        return Empty()
    }
    handlers.on(SequenceOperations.read) { element, _ in try await store.read(element) }
    handlers.on(SequenceOperations.list) { request, _ in try await store.list(request) }
    handlers.on(SequenceOperations.history) { request, _ in try await store.history(request) }
    return handlers
}
