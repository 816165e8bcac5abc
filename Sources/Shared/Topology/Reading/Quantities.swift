// Numbers with units, as people write them: `200us`, `500ms`, `30s`, `15m`, `24h`, `30d`; `512B`, `64KiB`, `1MiB`, `2GiB`.
// Whole numbers only, the unit always written, no space between: one way to write each quantity.

extension Int {
    /// Reads ASCII digits and nothing else: no sign, no separators; nil also if it would not fit.
    init?(digits text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.init(text)
    }

    private static let sizes = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// Reads a size in bytes.
    init?(size text: String) {
        guard let bytes = Int.scaled(text, by: Int.sizes) else { return nil }
        self = bytes
    }

    /// Writes a size with the largest unit that keeps it whole.
    var sizeText: String { Int.text(of: self, in: Int.sizes) }

    /// Splits digits from unit and multiplies; nil for an unknown unit or an overflow.
    fileprivate static func scaled(_ text: String, by units: [(name: String, factor: Int)]) -> Int? {
        let number = Substring(text.utf8.prefix { (0x30...0x39).contains($0) })
        let name = Substring(text.utf8.dropFirst(number.utf8.count))
        guard let count = Int(digits: number), let unit = units.first(where: { $0.name == name }) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    fileprivate static func text(of value: Int, in units: [(name: String, factor: Int)]) -> String {
        for (name, factor) in units.reversed() where value >= factor && value.isMultiple(of: factor) {
            return "\(value / factor)\(name)"
        }
        return "\(value)\(units.first?.name ?? "")"
    }
}

extension Duration {
    private static let units = [
        ("us", 1), ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]

    /// Reads a duration.
    init?(text: String) {
        guard let microseconds = Int.scaled(text, by: Duration.units) else { return nil }
        self = .microseconds(microseconds)
    }

    /// Writes a duration with the largest unit that keeps it whole; less than a microsecond is dropped.
    var text: String {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return Int.text(of: Int(microseconds), in: Duration.units)
    }
}
