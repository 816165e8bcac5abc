// A QR code (ISO/IEC 18004) of a text, encoded by libqrencode and drawn by `QRCode+Drawing.swift`.
//
// It holds the matrix only: true is dark. The smallest version that fits is taken, with error correction level M (15 %),
// which a phone reads from a screen. It refuses texts that fit no version (about 2,300 bytes) and texts with a NUL.
import CQREncode

package struct QRCode: Sendable, Equatable {
    /// Modules a side, the quiet zone not counted: 21 to 177.
    package let width: Int
    private let modules: [Bool]

    /// Nil where the text is empty, too long, or has a NUL.
    package init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(0),
            let code = unsafe QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M)
        else { return nil }
        defer { unsafe QRcode_free(code) }
        width = unsafe Int(code.pointee.width)
        let matrix = unsafe UnsafeBufferPointer(start: code.pointee.data, count: width * width)
        // The lowest bit is the colour; the others say which part of the symbol a module belongs to.
        modules = unsafe matrix.map { $0 & 1 == 1 }
    }

    /// Whether a module is dark; what lies outside the matrix, as the quiet zone does, is light.
    package func isDark(row: Int, column: Int) -> Bool {
        guard (0..<width).contains(row), (0..<width).contains(column) else { return false }
        return modules[row * width + column]
    }
}
