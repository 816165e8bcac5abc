// Creations by batches that are not atomic: a hundred share a commit, as the plain loop beside it does.

import Bus
import Contracts
import ServiceA

struct Batches {
    private static let size = 5_000

    private let play: Play

    init(_ play: Play) { self.play = play }

    func measure(seconds: Int) async throws -> [String: Double] {
        let clock = ContinuousClock()
        var (created, next) = (0, try await play.nextID())
        let began = clock.now
        while began.duration(to: clock.now) < .seconds(seconds) {
            let edits = try (next..<next + Self.size).map { SequenceEdit.create(try play.creation($0)) }
            let answer = try await play.store.change(ChangeSequence(changes: edits), once: nil)
            (created, next) = (created + answer.done, next + Self.size)
        }
        return ["perSecond": Double(created) / (began.duration(to: clock.now) / .seconds(1))]
    }
}
