// What a copy of a sequence is held against: digests of ranges of its elements, and where these differ, the elements themselves.
//
// A range is some consecutive elements, and named by the places that it goes from and to, so that a copy can look at the same places. Places
// order the elements, so two that have the same elements at the same places have the same numbers.

public import Bus

extension SequenceOperations {
    /// For peers that keep a copy: what should be in it.
    public static let digests = Operation<DigestSequence, SequenceDigests>(
        "service_a.sequence.digests",
        "Digests of a sequence's elements, a range of places each",
        access: .peer,
        isIdempotent: true
    )

    /// For peers that keep a copy: what should be in it where it is not.
    public static let range = Operation<ElementsBetween, ElementRange>(
        "service_a.sequence.range",
        "The elements that stand in a range of places, without their data",
        access: .peer,
        isIdempotent: true
    )
}

/// Which elements to digest.
public struct DigestSequence: Codable, Sendable, Equatable {
    /// A sequence that does not exist has no elements, and that is no error.
    public let sequenceName: SequenceName
    /// Those from this place on; the `next` of the answer before.
    public let from: Int64

    package init(sequenceName: SequenceName, from: Int64) {
        self.sequenceName = sequenceName
        self.from = from
    }
}

/// Some ranges that lie side by side. A sequence that nobody has heard of is one range without elements.
public struct SequenceDigests: Codable, Sendable, Equatable {
    /// Consecutive elements, what they are and where they stand, in 64 bits.
    public struct Range: Codable, Sendable, Equatable {
        /// The first place.
        public let from: Int64
        /// The place behind the last one.
        public let to: Int64
        /// How many elements stand in it.
        public let count: Int
        /// `RangeDigest.text`.
        public let digest: String

        package init(from: Int64, to: Int64, _ digest: RangeDigest) {
            (self.from, self.to) = (from, to)
            (count, self.digest) = (digest.count, digest.text)
        }
    }

    /// In the order of the places, without gaps between them.
    public let ranges: [Range]
    /// Where to go on; absent at the end.
    public let next: Int64?
    /// Changes up to this revision are in them, later ones are not.
    public let revision: UInt64

    package init(ranges: [Range], next: Int64?, revision: UInt64) {
        self.ranges = ranges
        self.next = next
        self.revision = revision
    }
}

/// A range of places: from the first to before the last.
public struct ElementsBetween: Codable, Sendable, Equatable {
    /// A sequence that does not exist has no elements, and that is no error.
    public let sequenceName: SequenceName
    /// The first place.
    public let from: Int64
    /// The place behind the last one.
    public let to: Int64

    package init(sequenceName: SequenceName, from: Int64, to: Int64) {
        self.sequenceName = sequenceName
        self.from = from
        self.to = to
    }
}

/// The first elements of a range; what does not fit is behind `next`.
public struct ElementRange: Codable, Sendable, Equatable {
    /// In the order of their places, without `data`.
    public let elements: [SequenceElement]
    /// The place to go on from; `nil` where the range is at its end.
    public let next: Int64?
    /// Changes up to this revision are in it, later ones are not.
    public let revision: UInt64

    package init(elements: [SequenceElement], next: Int64?, revision: UInt64) {
        self.elements = elements
        self.next = next
        self.revision = revision
    }
}

/// A digest of elements in any order: their number, and 64 bits of what each is and where it stands. Enough against accidents, which is what
/// copies suffer from: two states that differ look the same once in 2^64. It is no proof against somebody who looks for such states.
public struct RangeDigest: Sendable, Equatable {
    /// How many were added.
    public private(set) var count = 0
    private var sum: UInt64 = 0

    /// Of no elements: `count` is 0, `text` is `0`.
    public init() {}

    /// Adds an element. The order of adding does not matter; adding one twice does.
    public mutating func add(id: String, version: Int, comment: String, place: Int64) {
        var hash = Hash()
        hash.add(UInt64(bitPattern: place))
        hash.add(UInt64(bitPattern: Int64(version)))
        hash.add(UInt64(id.utf8.count))
        hash.add(id)
        hash.add(comment)
        count += 1
        // A sum, so that one that is there twice does not cancel itself.
        sum &+= hash.value
    }

    /// The 64 bits in hexadecimal, lower case, without leading zeros.
    public var text: String { String(sum, radix: 16) }

    /// FNV-1a with a finish that lets every bit count.
    private struct Hash {
        private var state: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ text: String) {
            for byte in text.utf8 { add(byte) }
        }

        mutating func add(_ number: UInt64) {
            for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
        }

        private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

        var value: UInt64 {
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
