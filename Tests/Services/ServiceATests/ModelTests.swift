// The store against a plain array: ten thousand random changes, after each the same order. The seed is new with each run; it is printed, and
// can be played again (`FOUNTAIN_SEED`).

import Bus
import Contracts
import Foundation
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(10))) struct ModelTests {
    static let steps = 10_000
    /// Of this run.
    static let seed: UInt64 = {
        let told = ProcessInfo.processInfo.environment["FOUNTAIN_SEED"].flatMap { UInt64($0) }
        let seed = told ?? UInt64.random(in: 1...999_999)
        print("ModelTests: FOUNTAIN_SEED=\(seed)")
        return seed
    }()

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `ten thousand random changes leave the order of an array, each of them`(kind: StoreKind) async throws {
        let store = try kind.make()
        var model = Model(seed: Self.seed)
        for number in 1...Self.steps {
            let step = model.step()
            try await store.perform(step)
            try #require(try await store.order(of: .action) == model.ids, "change \(number): \(step)")
        }
        try await expectFollowersAgree(store, model)
    }

    /// A long list, where blocks fill up and are spread: looked at now and then, since each look reads all of it.
    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `a long list keeps the order of an array`(kind: StoreKind) async throws {
        let store = try kind.make()
        var model = Model(seed: Self.seed, size: 2_000)
        for number in 1...4_000 {
            let step = model.step()
            try await store.perform(step)
            guard number.isMultiple(of: 400) else { continue }
            try #require(try await store.order(of: .action) == model.ids, "change \(number): \(step)")
        }
        try await expectFollowersAgree(store, model)
    }

    /// Who follows the changes, in whatever order they come, ends with the same.
    private func expectFollowersAgree(_ store: any SequenceStore, _ model: Model) async throws {
        var follower = Follower()
        var random = SplitMix(Self.seed)
        for change in try await store.changes().shuffled(using: &random) { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.action)) == model.ids)
    }
}
