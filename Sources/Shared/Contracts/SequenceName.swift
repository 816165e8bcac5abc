// The name of a sequence: what a play is called, or one of the five types for the elements that have no play.

public import Bus

/// 1 to 100 code points without control characters, `/` and a back-tick, and without white space at either end.
/// Compared byte by byte.
public struct SequenceName: TextValue {
    /// In Unicode code points.
    public static let length = 1...100
    public static let rule = """
        must be 1 to 100 characters without control characters, / and `, and without a space at either end
        """
    private static let pattern =
        #"^[^\s\u0000-\u001f\u007f-\u009f/`]"#
        + #"([^\u0000-\u001f\u007f-\u009f/`]*[^\s\u0000-\u001f\u007f-\u009f/`])?$"#
    public static let schema = JSONSchema.string(length, pattern: pattern, "The element's type where absent")
    public static let sample = SequenceName(checked: "hamlet")

    public let text: String

    public init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard Self.length.contains(scalars.count), !scalars.contains(where: Self.isRefused),
            scalars.first?.properties.isWhitespace == false, scalars.last?.properties.isWhitespace == false
        else { return nil }
        self.init(checked: text)
    }

    /// The sequence of the elements of a type that name no other.
    public init(_ type: ElementType) { self.init(checked: type.rawValue) }

    /// The type whose elements alone it holds; `nil` for a sequence that somebody has named.
    public var onlyType: ElementType? { ElementType.allCases.first { isSpelt($0.rawValue) } }

    private init(checked text: String) { self.text = text }

    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "/" || scalar == "`" || scalar.properties.generalCategory == .control
    }

    private func isSpelt(_ other: String) -> Bool { text.utf8.elementsEqual(other.utf8) }
}

extension SequenceName {
    // Two spellings that only look alike are two names: by bytes, as the store and the index compare.
    public static func == (left: SequenceName, right: SequenceName) -> Bool { left.isSpelt(right.text) }
    public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
