// The name of a `Cookie` field as libmicrohttpd sees it: with a first letter that is none. It takes cookies apart whether anybody asks for them or
// not: a copy of them all and a record of each, for which every connection would need twice the room as long as it lasts; and what it makes of a
// lone quotation mark is a refusal in words of its own. `HeadReader` gives the letter back.

enum VeiledName {
    private static let veil: UInt8 = 0x80

    /// No letter of a field's name is (RFC 9110 §5.6.2).
    static func isVeiled(_ letter: UInt8) -> Bool { letter & veil != 0 }

    /// Veils the name that begins here.
    static func veil(_ name: UnsafeMutableRawPointer) {
        unsafe name.storeBytes(of: name.load(as: UInt8.self) | veil, as: UInt8.self)
    }

    /// A name as it came.
    static func unveiled(_ name: UnsafeRawBufferPointer) -> String {
        guard let first = unsafe name.first, isVeiled(first) else {
            return unsafe String(decoding: name, as: UTF8.self)
        }
        return unsafe String(decoding: [first & ~veil] + name.dropFirst(), as: UTF8.self)
    }
}
