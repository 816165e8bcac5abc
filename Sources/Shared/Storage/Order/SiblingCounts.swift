// How many elements lie in each of 128 blocks that are siblings: what one row of an order's counts holds, as a text that SQL can make as well.
//
//     64:12,65:3      twelve in the 65th block of its parent, three in the next; who is not named holds nothing

import Ordering

package struct SiblingCounts: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: Int(PlaceSpace.siblings))

    package init() {}

    /// `nil` for what is no such text.
    package init?(_ text: [UInt8]) {
        var (child, number, digits): (Int?, Int, Int) = (nil, 0, 0)
        for byte in text {
            switch byte {
            case Self.zero...Self.zero + 9 where digits < 10:
                (number, digits) = (number * 10 + Int(byte - Self.zero), digits + 1)
            case Self.colon where child == nil && digits > 0 && number < counts.count:
                (child, number, digits) = (number, 0, 0)
            case Self.comma where digits > 0:
                guard let named = child else { return nil }
                counts[named] = number
                (child, number, digits) = (nil, 0, 0)
            default: return nil
            }
        }
        guard let child, digits > 0 else { return nil }
        counts[child] = number
    }

    /// Made for every row that is written: without strings, which take longer than all the rest.
    package var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(8 * counts.count)
        for (child, count) in counts.enumerated() where count != 0 {
            if !text.isEmpty { text.append(Self.comma) }
            Self.append(child, to: &text)
            text.append(Self.colon)
            Self.append(count, to: &text)
        }
        return text
    }

    private static let (zero, colon, comma) = (UInt8(ascii: "0"), UInt8(ascii: ":"), UInt8(ascii: ","))

    private static func append(_ number: Int, to text: inout [UInt8]) {
        if number > 9 { append(number / 10, to: &text) }
        text.append(zero + UInt8(number % 10))
    }

    package var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    package func sum(_ children: Range<Int>) -> Int { counts[children].reduce(0, +) }

    /// The child that holds the element with `offset` others before it, and how many lie in those before that child; `nil` where that many
    /// are not there.
    package func child(holding offset: Int, in children: Range<Int>) -> (child: Int, before: Int)? {
        var before = 0
        for child in children {
            if offset < before + counts[child] { return (child, before) }
            before += counts[child]
        }
        return nil
    }

    /// Nothing can hold less than nothing: a count that would is a damaged store's.
    package mutating func add(_ count: Int, to child: Int) { counts[child] = max(0, counts[child] + count) }
}
