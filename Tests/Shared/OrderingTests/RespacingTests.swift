// Making room, without a list around it.

import Testing

@testable import Ordering

@Suite struct RespacingTests {
    @Test func `the order stays, and the room is where it was asked for`() throws {
        let places: [Int64] = [17, 18, 19, 20]
        let spread = try #require(Respacing(places, of: 16..<32, room: 1, after: 18))
        #expect(spread.moves.map(\.to) == [18, 20, 24, 26])
        #expect(spread.room == [22])
    }

    @Test func `a block without room says so`() {
        #expect(Respacing(Array(0..<16), of: 0..<16, room: 1, after: 3) == nil)
    }

    @Test func `a place that nobody holds any more stays between the same neighbours`() throws {
        let spread = try #require(Respacing([20, 24, 28], of: 16..<32, room: 1, after: 24))
        let (first, second, third) = (spread.moves[0].to, spread.moves[1].to, spread.moves[2].to)
        #expect(spread.image(of: 17) < first)
        #expect(spread.image(of: 20) == first)
        #expect((first..<second).contains(spread.image(of: 23)))
        #expect((second..<third).contains(spread.image(of: 25)))
        #expect(spread.image(of: 31) >= third)
        #expect(spread.image(of: 40) == 40)
        #expect(spread.image(of: 16) == 16 && spread.image(of: 19) == 16, "before all of them")
    }

    @Test func `wider blocks have to be sparser`() {
        let most = Respacing.widths.map { width in
            (0..<40).prefix { Respacing.isSparse(width: width, count: 1 << $0) }.count
        }
        #expect(zip(most, most.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(Respacing.isSparse(width: 50, count: 1 << 28))
    }
}
