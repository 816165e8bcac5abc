// A file of creations, a line each, as portions for `POST /sequence/batch`: in the file's own order, each with a key of its own.
//
// Lines end with LF, CRLF or CR, the last one with nothing where it likes; an empty one counts and is not sent. A portion's key is made of
// what is in it and where it stands, so the same file sent again meets the answers of the first time, and a changed one does not.

package import Bus
import Foundation
import Secrets

package struct LoadFile: Sendable {
    package struct Line: Sendable, Equatable {
        /// As an editor counts, from 1.
        package let number: Int
        package let text: ArraySlice<UInt8>
    }

    package struct Portion: Sendable, Equatable {
        package let lines: [Line]
        package let key: String
    }

    /// So many lines, or bytes, are one portion at most; a larger line is one by itself.
    private static let mostLines = 500
    private static let mostBytes = 256 << 10

    package let portions: [Portion]
    package var lineCount: Int { portions.reduce(0) { $0 + $1.lines.count } }

    /// - Throws: `Failure` where the file cannot be read.
    package init(path: String, into sequence: String?) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.notFound, "The file \(path) cannot be read.")
        }
        self.init([UInt8](data), into: sequence)
    }

    package init(_ bytes: [UInt8], into sequence: String?) {
        var portions: [Portion] = []
        var lines: [Line] = []
        var size = 0
        func close() {
            guard !lines.isEmpty else { return }
            portions.append(Portion(lines: lines, key: Self.key(lines, at: portions.count, into: sequence)))
            (lines, size) = ([], 0)
        }
        for line in Self.lines(of: bytes) {
            if lines.count == Self.mostLines || size + line.text.count > Self.mostBytes { close() }
            lines.append(line)
            size += line.text.count
        }
        close()
        self.portions = portions
    }

    static func lines(of bytes: [UInt8]) -> [Line] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var (lines, number, start) = ([Line](), 1, bytes.starts(with: mark) ? mark.count : 0)
        var at = start
        while at <= bytes.count {
            if at == bytes.count || bytes[at] == 0x0A || bytes[at] == 0x0D {
                let text = bytes[start..<at]
                if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { lines.append(Line(number: number, text: text)) }
                if at + 1 < bytes.count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A { at += 1 }
                (number, start) = (number + 1, at + 1)
            }
            at += 1
        }
        return lines
    }

    private static func key(_ lines: [Line], at index: Int, into sequence: String?) -> String {
        var content = Array("\(index) \(sequence ?? "")".utf8)
        for line in lines { content += [0x0A] + line.text }
        return "load-\(Hex.encode(SHA256.hash(content)).prefix(40))"
    }
}

extension LoadFile.Portion {
    /// The body: a creation a line. What is no JSON goes as it is, so that the column of its fault is the file's.
    var body: [UInt8] {
        var body: [UInt8] = []
        for line in lines {
            let isJSON = (try? PayloadCoding.decode(JSONValue.self, from: line.text)) != nil
            body += (isJSON ? Array("{\"create\":".utf8) : []) + line.text + (isJSON ? [UInt8(ascii: "}")] : [])
            body.append(0x0A)
        }
        return body
    }
}
