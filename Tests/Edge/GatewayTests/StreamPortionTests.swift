// How much of what is there goes to one client of a stream at a time, and how far it has come with that.

import Bus
import Testing

@testable import Gateway

@Suite struct StreamPortionTests {
    private static let any = KeyFilter(keys: [], prefixes: [])

    private func entries(_ keys: String...) -> [FeedRing.Entry] {
        zip(UInt64(1)..., keys).map { offset, key in
            let event = Event(
                topic: "t",
                epoch: 7,
                offset: offset,
                key: key,
                committedAt: .now,
                trace: nil,
                payload: [0x7B, 0x7D]
            )
            return FeedRing.Entry(event)
        }
    }

    @Test func `no more is taken than there is room for, and one event at least`() {
        let all = entries("a", "b", "c")
        let each = all[0].bytes.count
        let taken = [0, each - 1, each, 2 * each - 1, 2 * each, 4 * each].map {
            StreamPortion(all, room: $0, keys: Self.any)
        }
        #expect(taken.map(\.sent) == [1, 1, 1, 1, 2, 3])
        #expect(taken.map(\.passed) == [1, 1, 1, 1, 2, 3])
        #expect(taken.map(\.bytes.count) == taken.map { $0.sent * each })
    }

    @Test func `what is not wanted takes no room, and moves the position`() {
        let all = entries("a", "b", "b", "a", "b")
        let each = all[0].bytes.count
        let portion = StreamPortion(all, room: each, keys: KeyFilter(keys: ["a"], prefixes: []))
        #expect(portion.sent == 1 && portion.passed == 3 && portion.isAhead, "up to the one there is no room for")
        let rest = StreamPortion(all[3...], room: each, keys: KeyFilter(keys: ["a"], prefixes: []))
        #expect(rest.sent == 1 && rest.passed == 5 && rest.isAhead)
        let last = StreamPortion(all[3...3], room: each, keys: Self.any)
        #expect(last.sent == 1 && !last.isAhead)
    }

    @Test func `a key is wanted as it is spelt`() {
        let filter = KeyFilter(keys: ["caf\u{e9}"], prefixes: [])
        #expect(filter.wants("caf\u{e9}") && !filter.wants("cafe\u{301}"))
    }

    @Test func `of nothing comes nothing`() {
        let portion = StreamPortion([], room: 1, keys: Self.any)
        #expect(portion.bytes.isEmpty && portion.sent == 0 && portion.passed == nil)
    }
}
