// Looks at the index while nobody writes, so that one that was wiped, remade or damaged is found without waiting for a write.
//
// Often enough to be noticed in seconds, seldom enough to cost nothing: between two looks lies the interval, at least fifty times what a
// look takes, and longer while the engine is away.

package struct IndexWatch: Sendable {
    private let interval: Duration
    private let pause: @Sendable (Duration) async throws -> Void
    /// A fiftieth of the time at most goes into looking.
    private static let share = 50
    private static let longest = Duration.seconds(600)

    package init(
        every interval: Duration,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.interval = interval
        self.pause = pause
    }

    /// Looks until the index is lost or the task is cancelled.
    ///
    /// - Throws: `IndexLost`, `CancellationError`.
    func run(_ engine: any SearchEngine, _ health: IndexHealth) async throws {
        var (failures, taken) = (0, Duration.zero)
        while true {
            let delay = delay(failures, taken)
            await health.rest { try await pause(delay) }
            try Task.checkCancellation()
            let began = ContinuousClock.now
            do {
                try await engine.look()
                failures = 0
            } catch let lost as IndexLost {
                throw lost
            } catch {
                // The engine is away: whoever writes or searches says so, and it is asked again.
                failures += 1
            }
            taken = began.duration(to: .now)
        }
    }

    package func delay(_ failures: Int, _ taken: Duration) -> Duration {
        let base = max(interval, taken * Self.share)
        // Up to sixteen times as long, with jitter, so that many do not come back together.
        let away = failures == 0 ? base : base * (1 << min(failures, 4)) * Double.random(in: 0.5...1)
        return min(away, Self.longest)
    }
}
