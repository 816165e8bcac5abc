// A QR code as a picture: SVG for a page, half blocks for a terminal. Both have the quiet zone of four modules that scanners ask for.

extension QRCode {
    private static let quietZone = 4

    /// A black and white SVG document without scripts, styles or references: safe to put into a page.
    package var svg: String {
        let side = width + 2 * Self.quietZone
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(side)v\(side)H0z"/><path d="\(runs.joined())"/></svg>
            """
    }

    /// Two rows of modules a line, by half blocks; drawn light on dark, as most terminals are, yet scanned as it should be.
    package var terminalText: String {
        let shown = -Self.quietZone..<(width + Self.quietZone)
        let lines = stride(from: shown.lowerBound, to: shown.upperBound, by: 2).map { row in
            String(shown.map { column in Self.block(upper: isLight(row, column), lower: isLight(row + 1, column)) })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func isLight(_ row: Int, _ column: Int) -> Bool {
        row < width + Self.quietZone && !isDark(row: row, column: column)
    }

    private static func block(upper: Bool, lower: Bool) -> Character {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }

    /// One rectangle for each horizontal run of dark modules.
    private var runs: [String] {
        (0..<width).flatMap { row in
            var paths: [String] = []
            var column = 0
            while column < width {
                let length = (column..<width).prefix { isDark(row: row, column: $0) }.count
                if length > 0 {
                    paths.append("M\(column + Self.quietZone) \(row + Self.quietZone)h\(length)v1h-\(length)z")
                }
                column += max(1, length)
            }
            return paths
        }
    }
}
