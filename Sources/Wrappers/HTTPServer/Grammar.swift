// The three character sets of RFC 9110 that both directions are checked against. Pure; bytes in, yes or no out.

internal import StreamSafe

enum Grammar {
    /// Whether `text` is a `token`: method or field name, never empty.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && all(text) { tokenBytes[Int($0)] }
    }

    /// Whether `text` may stand as a field value: no control but the tab. Bytes above 0x7F are let through where they are no long run of
    /// combining marks.
    static func isFieldValue(_ text: String) -> Bool {
        all(text) { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) } && text.isStreamSafe
    }

    /// `utf8.allSatisfy`, without asking for each byte where the text lies.
    private static func all(_ text: String, _ isRight: (UInt8) -> Bool) -> Bool {
        unsafe text.utf8.withContiguousStorageIfAvailable { unsafe $0.allSatisfy(isRight) }
            ?? text.utf8.allSatisfy(isRight)
    }

    /// Whether `text` is visible ASCII without a fragment, every `%` followed by two hex digits.
    static func isTarget(_ text: some StringProtocol) -> Bool {
        var digitsDue = 0
        for byte in text.utf8 {
            guard (0x21...0x7E).contains(byte), byte != UInt8(ascii: "#") else { return false }
            if digitsDue > 0 {
                guard hexValue(byte) != nil else { return false }
                digitsDue -= 1
            } else if byte == UInt8(ascii: "%") {
                digitsDue = 2
            }
        }
        return digitsDue == 0
    }

    /// Whether `text` has only what a path may have (RFC 3986 §3.3). What others would escape on the way is no path: they would escape
    /// the rest with it, and `%2F` would become another path.
    static func isPath(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { !"\"<>\\^`{|}".utf8.contains($0) }
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static let tokenBytes = (0...255).map { isTokenByte(UInt8($0)) }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
