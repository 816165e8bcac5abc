// What the order has to be: a plain array, and changes to it that are drawn by a seed. Drawn again with the same seed they are the same, so
// a process that comes after one that was killed knows where that one was.

import Bus
import Contracts
import ServiceA
import Testing

struct Model {
    enum Step: Equatable, Sendable {
        case create(id: Int, at: Int)
        case version(id: Int)
        case delete(id: Int)
        case move(first: Int, count: Int, to: Int)
        case reorder([Int], to: [Int])
    }

    /// The ids in their order.
    private(set) var ids: [Int] = []
    private var next = 1
    private var random: SplitMix
    /// About so many elements there are after a while.
    private let size: Int

    init(seed: UInt64, size: Int = 24) {
        random = SplitMix(seed)
        self.size = size
    }

    /// Draws the next change, and makes it here.
    mutating func step() -> Step {
        let chance = Int.random(in: 0..<100, using: &random)
        guard ids.count > 4 else { return create() }
        switch chance {
        case ..<15: return .version(id: ids[index()])
        case ..<35: return move()
        case ..<50: return reorder()
        default: return Int.random(in: 0..<2 * size, using: &random) < ids.count ? delete() : create()
        }
    }

    private mutating func index() -> Int { Int.random(in: ids.indices, using: &random) }

    private mutating func create() -> Step {
        let index = Int.random(in: 0...ids.count, using: &random)
        ids.insert(next, at: index)
        defer { next += 1 }
        return .create(id: next, at: index + 1)
    }

    private mutating func delete() -> Step { .delete(id: ids.remove(at: index())) }

    private mutating func move() -> Step {
        let from = index()
        let count = Int.random(in: 1...min(4, ids.count - from), using: &random)
        let moved = Array(ids[from..<from + count])
        ids.removeSubrange(from..<from + count)
        let to = Int.random(in: 0...ids.count, using: &random)
        ids.insert(contentsOf: moved, at: to)
        return .move(first: moved[0], count: count, to: to + 1)
    }

    private mutating func reorder() -> Step {
        let chosen = Array(ids.shuffled(using: &random).prefix(5))
        let wished = chosen.shuffled(using: &random)
        for (place, id) in zip(chosen.compactMap(ids.firstIndex(of:)).sorted(), wished) { ids[place] = id }
        return .reorder(chosen, to: wished)
    }
}

extension Model.Step {
    /// As a line of a batch; `nil` for a reorder, which is none.
    var edit: SequenceEdit? {
        get throws {
            switch self {
            case .create(let id, let number): .create(try creation(.action, id, at: number))
            case .version(let id):
                .version(
                    NewVersion(
                        elementType: .action,
                        elementId: try #require(ElementID(id)),
                        newVersionData: nil,
                        comment: nil
                    )
                )
            case .delete(let id):
                .delete(DeleteElement(elementType: .action, elementId: try #require(ElementID(id))))
            case .move(let first, let count, let number):
                .move(
                    MoveElement(
                        elementType: .action,
                        elementId: try #require(ElementID(first)),
                        count: count,
                        to: number
                    )
                )
            case .reorder: nil
            }
        }
    }
}

extension SequenceStore {
    /// Makes a change of the model's, to actions.
    func perform(_ step: Model.Step) async throws {
        switch step {
        case .create(let id, let number):
            let created = try await create(try creation(.action, id, at: number), once: nil)
            #expect(created.sequenceNumber == number)
        case .version(let id): _ = try await addVersion(.action, id, nil, "changed")
        case .delete(let id): try await delete(element(.action, id))
        case .move(let first, let count, let number): try await move(.action, first, count: count, to: number)
        case .reorder(let ids, let wished): try await reorder(ids, to: wished, .action)
        }
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
