// Syntax in a text, read by the Unicode scalar.
//
// What Swift calls a character is a scalar with all that combines with it, and compares by canonical equivalence: `"` with U+0301 behind it is no
// quote then, and U+1FEF is a back-tick. Engines read bytes, so whoever escapes for them must as well.

extension String {
    /// What stands between separators, without the white space around it; at most so many parts, the last with the rest.
    func parts(at separator: Unicode.Scalar, most: Int = .max) -> [String] {
        unicodeScalars.split(separator: separator, maxSplits: most - 1, omittingEmptySubsequences: false)
            .map { String($0).trimmed }
    }

    /// The two sides of the first `..`, or the whole.
    var sidesOfDots: [String] {
        let scalars = Array(unicodeScalars)
        let dots = scalars.indices.dropLast().first { scalars[$0] == "." && scalars[$0 + 1] == "." }
        guard let dots else { return [self] }
        return [scalars[..<dots], scalars[(dots + 2)...]].map { part in
            String(String.UnicodeScalarView(part)).trimmed
        }
    }

    /// Without the white space around it.
    var trimmed: String {
        let start = unicodeScalars.drop(while: \.properties.isWhitespace)
        let end = start.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }

    /// With each occurrence of a scalar written twice.
    func doubling(_ scalar: Unicode.Scalar) -> String {
        var doubled = UnicodeScalarView()
        for each in unicodeScalars {
            doubled.append(each)
            if each == scalar { doubled.append(each) }
        }
        return String(doubled)
    }
}
