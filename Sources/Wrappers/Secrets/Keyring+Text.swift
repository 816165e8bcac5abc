// The text of a key file:
//
//     fountain-keyring-1
//     1 mF3k…(43 characters of base64url: 32 bytes)
//     2 Qz0a…
//
// One key a line, ids ascending from 1 up, a line feed after every line, nothing else: a key file that was edited into
// something doubtful is refused rather than half understood.

extension Keyring {
    static let firstLine = "fountain-keyring-1"

    /// The content of a key file.
    var text: String {
        keys.reduce(Self.firstLine + "\n") { $0 + "\($1.id) \(Base64URL.encode($1.secret.bytes))\n" }
    }

    /// The keyring in the content of a key file; nil where it is not exactly of the form above.
    init?(text: String) {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Substring.init)
        guard lines.first == Self.firstLine[...], lines.popLast() == "" else { return nil }
        let keys = lines.dropFirst().map(Self.key)
        let found = keys.compactMap(\.self)
        guard found.count == keys.count, zip(found, found.dropFirst()).allSatisfy({ $0.id < $1.id }) else { return nil }
        self.init(found)
    }

    private static func key(_ line: Substring) -> MasterKey? {
        let fields = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Substring.init)
        guard fields.count == 2, let id = UInt32(fields[0]), String(id) == fields[0],
            let secret = Base64URL.decode(String(fields[1]))
        else { return nil }
        return MasterKey(id: id, secret: SecretBytes(secret))
    }
}
