// The store against a plain array: ten thousand random changes, after each the same order. The seed is new with each run; it is printed, and
// can be played again (`FOUNTAIN_SEED`).

import Bus
import Contracts
import Foundation
import ServiceA
import Storage
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

    /// Changes of one transaction see each other's counts, which are written at its end.
    @Test(arguments: StoreKind.allCases, [true, false])
    func `changes that share a transaction leave the order of an array`(kind: StoreKind, atomic: Bool) async throws {
        var limits = StoreLimits()
        // No turn ends by the clock, however slow the machine is.
        limits.maximumWriteTime = .seconds(600)
        let store = try kind.make(limits)
        var model = Model(seed: Self.seed)
        var random = SplitMix(Self.seed)
        for _ in 1...60 {
            var edits: [SequenceEdit] = []
            while edits.count < Int.random(in: 1...40, using: &random) {
                let step = model.step()
                guard let edit = try step.edit else {
                    try await change(store, edits, atomic)
                    try await store.perform(step)
                    edits = []
                    continue
                }
                edits.append(edit)
            }
            try await change(store, edits, atomic)
            try #require(try await store.order(of: .action) == model.ids)
        }
        try await expectFollowersAgree(store, model)
    }

    private func change(_ store: any SequenceStore, _ edits: [SequenceEdit], _ atomic: Bool) async throws {
        guard !edits.isEmpty else { return }
        let answer = try await store.change(ChangeSequence(changes: edits, atomic: atomic), once: nil)
        #expect(answer.done == edits.count)
    }

    /// Who follows the changes, in whatever order they come, ends with the same.
    private func expectFollowersAgree(_ store: any SequenceStore, _ model: Model) async throws {
        var follower = Follower()
        var random = SplitMix(Self.seed)
        for change in try await store.changes().shuffled(using: &random) { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.action)) == model.ids)
    }
}
