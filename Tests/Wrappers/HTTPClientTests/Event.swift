/// Something that happens once, waited for by a test without sleeping.
final class Event: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func happen() {
        continuation.yield()
    }

    func wait() async {
        for await _ in stream { return }
    }
}
