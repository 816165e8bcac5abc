// Base64url without padding (RFC 7515, appendix C), strictly: one spelling for each value.

import Foundation

enum Base64URL {
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let isClean = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isClean else { return nil }
        let standard = String(text).replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded) else { return nil }
        // Bits left over at the end must be zero, or two texts would mean the same.
        let canonical = data.base64EncodedString().prefix { $0 != "=" }
        return canonical == standard ? [UInt8](data) : nil
    }
}
