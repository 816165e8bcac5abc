// What is kept within so many bytes, and what of it goes first; sizes that are none break no bound.

import Testing

@testable import Recency

@Suite struct RecentlyUsedTests {
    @Test(arguments: [0, 1, 4_096, 1 << 20])
    func `it holds so many bytes and no more`(limit: Int) {
        var held = RecentlyUsed<Int, Int>(limit: limit)
        for number in 0..<10_000 {
            held.insert(number, number, size: 1_000)
            #expect(held.count <= limit / 1_000)
        }
    }

    @Test func `what is used stays, what is not goes`() {
        var held = RecentlyUsed<Int, String>(limit: 4_096)
        held.insert("favourite", 0, size: 500)
        held.insert("other", 1, size: 500)
        for number in 2..<1_000 {
            held.insert("\(number)", number, size: 500)
            #expect(held.value(0) == "favourite")
        }
        #expect(held.value(1) == nil)
    }

    @Test func `putting one in the place of another takes no more room`() {
        var held = RecentlyUsed<Int, Int>(limit: 4_000)
        held.insert(0, 0, size: 1_000)
        for number in 0..<100 { held.insert(number, 1, size: 1_000) }
        #expect(held.value(0) == 0 && held.value(1) == 99 && held.count == 2)
    }

    @Test func `what is removed is gone from both generations`() {
        var held = RecentlyUsed<Int, Int>(limit: 4_000)
        for number in 0..<4 { held.insert(number, number, size: 1_000) }
        for number in 0..<4 { held.remove(number) }
        #expect(held.count == 0 && (0..<4).allSatisfy { held.value($0) == nil })
        held.insert(5, 5, size: 1_000)
        held.removeAll()
        #expect(held.count == 0)
    }

    @Test func `what is larger than a generation, or says that it has no size, breaks no bound`() {
        var held = RecentlyUsed<Int, Int>(limit: 4_000)
        held.insert(1, 1, size: .max)
        #expect(held.count == 0)
        for number in 0..<10_000 { held.insert(number, number, size: number.isMultiple(of: 2) ? 0 : .min) }
        #expect(held.count <= 4_000)
    }
}
