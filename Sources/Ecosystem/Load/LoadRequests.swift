// What a load consists of: the lines of a file, or elements made up, each with a number of its own.

package import Foundation

package enum LoadRequests: Sendable {
    /// Bodies of create requests.
    case lines([[UInt8]])
    /// Spoken words, numbered from here.
    case madeUp(from: Int)

    /// Numbered from the time in microseconds, so that a second run creates other elements.
    package static func madeUpNow(_ now: Date = Date()) -> LoadRequests {
        .madeUp(from: Int(now.timeIntervalSince1970 * 1_000_000))
    }

    /// nil behind the last.
    package subscript(_ index: Int) -> [UInt8]? {
        switch self {
        case .lines(let lines): lines.indices.contains(index) ? lines[index] : nil
        case .madeUp(let first):
            Array(
                #"{"elementType":"spokenWord","elementId":\#(first + index),"comment":"word \#(index) of a load"}"#.utf8
            )
        }
    }
}
