// Where lines go at last, as whole ones: what could not be written is counted, and said as soon as writing works again.
//
//   write ──fails──> lost += lines           write ──works──> "log lines were dropped", lost = 0
//
// A line that was cut off (the disk is full) is ended before the next is written, so that at most it cannot be read.

internal import Logging
internal import StandardStreams

struct LogSink {
    typealias Write = @Sendable (ArraySlice<UInt8>) throws(WriteFailure) -> Void

    private let write: Write
    /// The most bytes at once: lines of other processes stand between those of two writes, never within one.
    private let wholeBytes: Int
    private var isTorn = false
    private var lost = 0

    init(wholeBytes: Int, write: @escaping Write) {
        self.wholeBytes = wholeBytes
        self.write = write
    }

    mutating func write(_ batch: LogBuffer.Batch, at time: Timestamp) {
        confess(at: time)
        var rest = batch.bytes[...]
        while !rest.isEmpty {
            let lines = Self.lines(of: rest, upTo: wholeBytes)
            put(lines)
            rest = rest[lines.endIndex...]
        }
        lost += batch.dropped
        confess(at: time)
    }

    /// As many whole lines as fit, at least one.
    private static func lines(of bytes: ArraySlice<UInt8>, upTo limit: Int) -> ArraySlice<UInt8> {
        guard bytes.count > limit else { return bytes }
        let newline = UInt8(ascii: "\n")
        let end = bytes.prefix(limit).lastIndex(of: newline) ?? bytes.firstIndex(of: newline) ?? bytes.endIndex - 1
        return bytes[...end]
    }

    private mutating func put(_ lines: ArraySlice<UInt8>) {
        do throws(WriteFailure) {
            if isTorn { try write([UInt8(ascii: "\n")]) }
            isTorn = false
            try write(lines)
        } catch {
            let whole = lines.prefix(error.written)
            isTorn = isTorn || (whole.last ?? UInt8(ascii: "\n")) != UInt8(ascii: "\n")
            lost += Self.count(lines) - Self.count(whole)
        }
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int {
        lines.count { $0 == UInt8(ascii: "\n") }
    }

    private mutating func confess(at time: Timestamp) {
        guard lost > 0 else { return }
        var line = LogLine(.warning, "log lines were dropped", at: time)
        line.add("log.dropped", .integer(lost))
        do throws(WriteFailure) {
            try write((isTorn ? [UInt8(ascii: "\n")] : []) + line.finished()[...])
            (isTorn, lost) = (false, 0)
        } catch {
            isTorn = isTorn || error.written > 0
        }
    }
}
