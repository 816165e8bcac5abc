// What a service says of its own state besides what the bus counts by itself: whether it can be relied on, and numbers of its own.

/// What a service says of its own health in `bus.ping` and `bus.stats`; `Node.serve` takes the function that makes it.
public struct Vitals: Codable, Sendable, Equatable {
    /// Why it should not be relied on, though it answers; absent where it may be.
    public var trouble: String?
    /// By names such as `index_lag_events`.
    public var numbers: [String: Double]
    /// What all replicas of a service have to have alike, by name, as fingerprints that betray nothing: `keyring`. Compared by
    /// `fountain doctor`; absent for a service that has no such thing.
    public var alike: [String: String]?

    /// Without arguments: nothing to say. Shown are 32 numbers at most, and 300 characters of `trouble`.
    public init(trouble: String? = nil, numbers: [String: Double] = [:], alike: [String: String]? = nil) {
        self.trouble = trouble
        self.numbers = numbers
        self.alike = alike
    }

    /// What may be shown of what another process says: a few numbers under plain names, a reason of some length.
    package var presentable: Vitals {
        let plain = numbers.filter { name, number in
            (1...64).contains(name.utf8.count) && number.isFinite
                && name.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                }
        }
        let few = plain.sorted { $0.key < $1.key }.prefix(32).map { ($0.key, $0.value) }
        return Vitals(trouble: trouble.map { String($0.prefix(300)) }, numbers: Dictionary(uniqueKeysWithValues: few))
    }
}
