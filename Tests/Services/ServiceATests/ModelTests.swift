// The store against a plain array: ten thousand random operations, after each tenth the same order. The seed is the test's name.

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(5))) struct ModelTests {
    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory], [11, 12] as [UInt64])
    func `random operations end in the order of an array`(kind: StoreKind, seed: UInt64) async throws {
        let store = try kind.make()
        var random = SplitMix(seed)
        var model: [Int] = []
        var next = 1
        for step in 0..<2_500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let index = Int.random(in: 0...model.count, using: &random)
                let request = try creation(.action, next, at: index + 1)
                #expect(try await store.create(request, once: nil).sequenceNumber == index + 1)
                model.insert(next, at: index)
                next += 1
            case 5 where !model.isEmpty:
                let index = Int.random(in: 0..<model.count, using: &random)
                try await store.delete(element(.action, model.remove(at: index)))
            case 6..<8 where !model.isEmpty:
                let (from, count) = run(in: model, &random)
                let moved = Array(model[from..<from + count])
                model.removeSubrange(from..<from + count)
                let to = Int.random(in: 0...model.count, using: &random)
                model.insert(contentsOf: moved, at: to)
                try await store.move(.action, moved[0], count: count, to: to + 1)
            case 8..<10 where model.count > 2:
                let chosen = Array(model.shuffled(using: &random).prefix(5))
                let wished = chosen.shuffled(using: &random)
                let places = chosen.compactMap(model.firstIndex(of:)).sorted()
                for (place, id) in zip(places, wished) { model[place] = id }
                try await store.reorder(chosen, to: wished, .action)
            default: break
            }
            if step.isMultiple(of: 100) { #expect(try await store.order(of: .action) == model, "step \(step)") }
            guard let id = model.randomElement(using: &random) else { continue }
            #expect(
                try await store.read(element(.action, id)).sequenceNumber == model.firstIndex(of: id).map { $0 + 1 }
            )
        }
        #expect(try await store.order(of: .action) == model)
        var follower = Follower()
        for change in try await store.changes().shuffled(using: &random) { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.action)) == model)
    }

    private func run(in model: [Int], _ random: inout SplitMix) -> (from: Int, count: Int) {
        let from = Int.random(in: 0..<model.count, using: &random)
        return (from, Int.random(in: 1...min(4, model.count - from), using: &random))
    }
}

/// A small generator that can be repeated (Steele, Lea, Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
