// Screenplays that nobody would write: constructs and halves of constructs, in any order, parted by whatever may part lines.

/// Numbers that a seed repeats (SplitMix64).
struct Generator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

enum Scribbler {
    private static let pieces = [
        "INT. HOUSE - DAY", "EXT. X #1#", ".FORCED #2-A#", "...", ".", "BOB", "ALICE (V.O.)", "ANN ^", "@McX", "@",
        "(low)", "( )",
        "Some words.", "  indented", "!FORCED", "!", "~la la", "~", "CUT TO:", "CUT TO: ", "> right", "> centre <",
        "><", ">", "# One",
        "### Three", "#", "= syn", "=", "==", "===", "=====  ", "[[note]]", "[[open", "close]]", "/* bone */",
        "/* open", "close */", "*/",
        "Title: x", "Author:", "    value", "\tvalue", "*em* **bold** _under_", "É", "\u{301}[[", "[[a]] [[b]]",
        "[[a]]\u{20}/*b*/", "\u{FEFF}",
        "x\ry", "\r", "  ", " ", "\t", "",
    ]
    private static let ends = ["\n", "\n", "\n", "\n\n", "\n\n\n", "\r\n", "\n  \n", " \n", "\n\t\n", "\n \n", ""]

    static func text(using random: inout Generator) -> String {
        let count = Int.random(in: 0...30, using: &random)
        let isPaired = Bool.random(using: &random)
        let text = (0..<count).map { _ in
            (pieces.randomElement(using: &random) ?? "") + (ends.randomElement(using: &random) ?? "")
        }.joined()
        guard isPaired else { return text }
        return text.unicodeScalars.reduce(into: "") {
            $0.unicodeScalars.append(contentsOf: $1 == "\n" ? ["\r", "\n"] : [$1])
        }
    }
}
