// Which version a text needs, where the finder patterns are, and drawings that are read back module by module. No scanner looks at them.

import Foundation
import Testing

@testable import QRCode

@Suite struct QRCodeTests {
    @Test(arguments: [(1, 21), (14, 21), (15, 25), (26, 25), (2_331, 177)])
    func `the smallest version that holds the text is taken`(length: Int, width: Int) {
        #expect(QRCode(String(repeating: "a", count: length))?.width == width)
    }

    @Test(arguments: ["", "a\0b", String(repeating: "a", count: 2_332)])
    func `what no code can hold is refused`(text: String) {
        #expect(QRCode(text) == nil)
    }

    @Test func `three corners hold the finder pattern and the fourth does not`() throws {
        let code = try #require(QRCode("otpauth://totp/x"))
        let finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
        func corner(_ row: Int, _ column: Int) -> [String] {
            (0..<7).map { y in String((0..<7).map { code.isDark(row: row + y, column: column + $0) ? "#" : "." }) }
        }
        #expect(corner(0, 0) == finder)
        #expect(corner(0, code.width - 7) == finder)
        #expect(corner(code.width - 7, 0) == finder)
        #expect(corner(code.width - 7, code.width - 7) != finder)
    }

    @Test func `the drawings show the matrix, module by module`() throws {
        let code = try #require(QRCode("ein Kienspan"))
        #expect(try dark(inSVG: code.svg, side: code.width + 8) == matrix(code))
        #expect(dark(inTerminal: code.terminalText, side: code.width + 8) == matrix(code))
    }

    /// The matrix with its quiet zone, row by row.
    private func matrix(_ code: QRCode) -> [[Bool]] {
        (-4..<(code.width + 4)).map { row in (-4..<(code.width + 4)).map { code.isDark(row: row, column: $0) } }
    }

    private func dark(inSVG svg: String, side: Int) throws -> [[Bool]] {
        var cells = [[Bool]](repeating: [Bool](repeating: false, count: side), count: side)
        for run in svg.matches(of: /M(\d+) (\d+)h(\d+)v1h-\d+z/) {
            let column = try #require(Int(run.1))
            let row = try #require(Int(run.2))
            let length = try #require(Int(run.3))
            for offset in 0..<length { cells[row][column + offset] = true }
        }
        return cells
    }

    private func dark(inTerminal text: String, side: Int) -> [[Bool]] {
        let rows = text.split(separator: "\n").flatMap { line in
            [line.map { $0 == " " || $0 == "▄" }, line.map { $0 == " " || $0 == "▀" }]
        }
        return Array(rows.prefix(side))
    }
}
