// Holds a database's writer inside a transaction until it is opened, so that a test decides what waits behind it.

import Dispatch
import Storage

final class WriterGate: Sendable {
    private let closed = DispatchSemaphore(value: 0)
    private let holder: Task<Void, any Error>

    /// Returns once the writer stands at the gate.
    init(_ database: DurableStore) async {
        let (entered, continuation) = AsyncStream.makeStream(of: Void.self)
        let closed = closed
        holder = Task {
            try await database.write { _ in
                continuation.finish()
                closed.wait()
                closed.signal()  // open is open: the closure may have to be done again
            }
        }
        for await _ in entered {}
    }

    func open() async throws {
        closed.signal()
        try await holder.value
    }
}
