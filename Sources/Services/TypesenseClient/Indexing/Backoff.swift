// How long to wait before trying again: a random part of a span that doubles with each failure (full jitter), so that many who failed
// together do not return together.

package struct Backoff: Sendable {
    private let base: Duration
    private let cap: Duration
    private let random: @Sendable () -> Double
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(
        base: Duration = .milliseconds(100),
        cap: Duration = .seconds(30),
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.base = base
        self.cap = cap
        self.random = random
        self.sleep = sleep
    }

    /// - Throws: `CancellationError`.
    package func wait(failures: Int) async throws { try await sleep(delay(failures: failures)) }

    package func delay(failures: Int) -> Duration {
        // 2^20 × 100 ms is far above any cap, and a larger exponent would overflow.
        let span = base * (1 << min(max(failures - 1, 0), 20))
        return min(span, cap) * random()
    }
}
