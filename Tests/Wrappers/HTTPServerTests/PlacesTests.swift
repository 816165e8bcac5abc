// Who gets a place, and whose.

import HTTPServer
import Testing

@Suite struct PlacesTests {
    @Test func `places are free until all are taken, then another one gives way, then nobody comes in`() {
        var places = Places(most: 3, mostFromOne: 100)
        for address in ["a", "b", "c"] { #expect(places.enter(address) == .free) }
        for number in 0..<Places.slack { #expect(places.enter("\(number)") == .instead(of: nil)) }
        #expect(places.enter("late") == .refused)
        #expect(places.taken == 3 + Places.slack)
        places.leave("a")
        #expect(places.enter("late") == .instead(of: nil))
    }

    @Test func `who has had its share makes room for itself only`() {
        var places = Places(most: 100, mostFromOne: 2)
        #expect(places.enter("crowd") == .free)
        #expect(places.enter("crowd") == .free)
        #expect(places.enter("crowd") == .instead(of: "crowd"))
        #expect(places.enter("other") == .free)
        for _ in 0..<3 { places.leave("crowd") }
        #expect(places.enter("crowd") == .free)
    }

    @Test func `a proxy has no share of its own: it speaks for many`() {
        var places = Places(most: 100, mostFromOne: 2) { $0 == "proxy" }
        for _ in 0..<100 { #expect(places.enter("proxy") == .free) }
        #expect(places.enter("proxy") == .instead(of: nil))
        places.leave("proxy")
        places.leave("proxy")
        #expect(places.enter("other") == .free)
    }

    @Test(arguments: [(2048, 1024, 100, 668), (2048, 1_048_576, 100, 2048), (10, 1024, 100, 10), (2048, 64, 60, 16)])
    func `connections are fitted to what the others leave`(wanted: Int, limit: Int, open: Int, fitted: Int) {
        #expect(Descriptors.connections(wanted: wanted, limit: limit, open: open) == fitted)
    }
}
