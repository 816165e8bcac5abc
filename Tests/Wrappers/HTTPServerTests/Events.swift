// Events in order, to be awaited one by one.

struct Events<Event: Sendable>: Sendable {
    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func happened(_ event: Event) {
        continuation.yield(event)
    }

    /// The next event; one waiter at a time.
    func next() async -> Event? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next()
    }

    func next(_ count: Int) async {
        for _ in 0..<count { _ = await next() }
    }
}
