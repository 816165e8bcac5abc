// Addresses in numbers and ranges of them, as proxies write them in headers and topologies in lists. Pure; names are not looked up.

/// An IPv4 or IPv6 address. IPv4 is kept as IPv6 maps it (`::ffff:192.0.2.1`), so that both spellings are one address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    private static let mapped: UInt64 = 0xFFFF_0000_0000

    fileprivate init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Nil for what is not exactly an address: no port, no brackets, no zone, no leading zeros.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (2...45).contains(bytes.count) else { return nil }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(bytes[...]) else { return nil }
            self.init(groups: groups)
        } else {
            guard let number = Self.dotted(bytes[...]) else { return nil }
            self.init(high: 0, low: Self.mapped | UInt64(number))
        }
    }

    private init(groups: [UInt16]) {
        high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What one client can choose among: the address itself, or, in IPv6, its network of 64 bits.
    package var client: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    package var description: String {
        if isIPv4 { return (0..<4).map { "\(low >> UInt64(24 - 8 * $0) & 0xFF)" }.joined(separator: ".") }
        let groups = [high, low].flatMap { half in
            (0..<4).map { UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * $0)) }
        }
        return Self.text(groups)
    }

    // MARK: Reading

    private static func dotted(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let octet = octet(part) else { return nil }
            number = number << 8 | octet
        }
        return number
    }

    private static func octet(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let value = digits.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
        return value <= 255 ? value : nil
    }

    /// The eight groups; `::` stands once for one or more of zero.
    private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        let gap = zip(bytes.indices, bytes.indices.dropFirst()).first { bytes[$0] == colon && bytes[$1] == colon }
        guard let gap else {
            let all = run(bytes)
            return all?.count == 8 ? all : nil
        }
        guard let left = run(bytes[..<gap.0], isEnd: false), let right = run(bytes[(gap.1 + 1)...]),
            left.count + right.count < 8
        else {
            return nil
        }
        return left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
    }

    /// IPv4 may stand at the end of the whole address only.
    private static func run(_ bytes: ArraySlice<UInt8>, isEnd: Bool = true) -> [UInt16]? {
        guard !bytes.isEmpty else { return [] }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isEnd, index == parts.count - 1, let number = dotted(part) {
                groups += [UInt16(truncatingIfNeeded: number >> 16), UInt16(truncatingIfNeeded: number)]
            } else {
                guard let group = group(part) else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count), digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else {
            return nil
        }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    // MARK: Writing

    /// As RFC 5952 has it: the longest run of zeros is `::`.
    private static func text(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        let hex = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard best.count > 1 else { return hex(groups[...]) }
        return "\(hex(groups[..<best.lowerBound]))::\(hex(groups[best.upperBound...]))"
    }
}

/// A range of addresses: `10.0.0.0/8`, `::1`.
package struct IPNetwork: Sendable, Hashable {
    private let address: IPAddress
    /// Bits that count, of 128.
    private let bits: Int

    package init?(_ text: some StringProtocol) {
        let parts = String(text).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Substring.init
        )
        guard let address = parts.first.flatMap({ IPAddress($0) }), parts.count <= 2 else { return nil }
        let most = address.isIPv4 ? 32 : 128
        guard parts.count == 2 else {
            self.init(address, 128)
            return
        }
        guard let length = Int(digits: parts[1]), (0...most).contains(length) else { return nil }
        self.init(address, 128 - most + length)
    }

    private init(_ address: IPAddress, _ bits: Int) { (self.address, self.bits) = (address, bits) }

    package func contains(_ other: IPAddress) -> Bool {
        let (high, low) = (min(bits, 64), max(0, bits - 64))
        return Self.isSame(address.high, other.high, high) && Self.isSame(address.low, other.low, low)
    }

    private static func isSame(_ one: UInt64, _ other: UInt64, _ bits: Int) -> Bool {
        bits == 0 || (one ^ other) >> UInt64(64 - bits) == 0
    }
}
