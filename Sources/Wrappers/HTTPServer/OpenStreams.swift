// The streamed answers that are under way, so that a server that ends can end them: nothing else would.

import Synchronization

final class OpenStreams: Sendable {
    private struct State {
        var streams: [ObjectIdentifier: BodyStream] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// One that comes when the server ends is ended at once.
    func add(_ stream: BodyStream) {
        let isTooLate = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            return state.isStopping
        }
        if isTooLate { stream.stop() }
    }

    func remove(_ stream: BodyStream) { state.withLock { $0.streams[ObjectIdentifier(stream)] = nil } }

    func stopAll() {
        let streams = state.withLock { state in
            state.isStopping = true
            return Array(state.streams.values)
        }
        for stream in streams { stream.stop() }
    }
}
