// Deletes of the first elements, all sent at once, beside a writer who goes on with what he does: how long his slowest answer took, and
// whether everything was answered truly.

import Bus
import Contracts
import ServiceA

struct Crowd {
    private let play: Play

    init(_ play: Play) { self.play = play }

    func measure(_ deletes: Int, seconds: Int) async throws -> [String: Double] {
        let (before, next) = (try await play.total(), try await play.nextID())
        let victims = try await play.page(from: 1, limit: deletes).elements
        async let writer = write(from: next, seconds: seconds)
        // The writer is at work when the crowd comes.
        try await Task.sleep(for: .milliseconds(100))
        let clock = ContinuousClock()
        let began = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for victim in victims {
                group.addTask {
                    let request = DeleteElement(elementType: victim.elementType, elementId: victim.elementId)
                    _ = try await play.store.delete(request, once: nil)
                }
            }
            try await group.waitForAll()
        }
        let crowd = began.duration(to: clock.now) / .milliseconds(1)
        let (created, slowest) = try await writer
        guard try await play.total() == before - victims.count + created else {
            throw OrderBench.Problem(description: "what was answered is not what is there")
        }
        return ["slowestMilliseconds": slowest, "crowdMilliseconds": crowd, "created": Double(created)]
    }

    private func write(from first: Int, seconds: Int) async throws -> (created: Int, slowest: Double) {
        let clock = ContinuousClock()
        let began = clock.now
        var (next, slowest) = (first, Duration.zero)
        while began.duration(to: clock.now) < .seconds(seconds) {
            let asked = clock.now
            _ = try await play.store.create(try play.creation(next), once: nil)
            slowest = max(slowest, asked.duration(to: clock.now))
            next += 1
        }
        return (next - first, slowest / .milliseconds(1))
    }
}
