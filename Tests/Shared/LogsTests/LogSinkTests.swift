// Lines on a disk that is full for a while: what was lost is counted and said, and what was cut off is ended.

import StandardStreams
import Testing

@testable import Logs

@Suite struct LogSinkTests {
    private let disk = FragileDisk()

    private func sink(wholeBytes: Int = 1 << 16) -> LogSink {
        LogSink(wholeBytes: wholeBytes) { [disk] bytes throws(WriteFailure) in try disk.write(bytes) }
    }

    private func batch(_ lines: [String], dropped: Int = 0) -> LogBuffer.Batch {
        LogBuffer.Batch(bytes: lines.flatMap { Array("\($0)\n".utf8) }, lines: lines.count, dropped: dropped)
    }

    @Test func `what was lost is said as soon as it can be`() {
        var sink = sink()
        disk.leave(0)
        sink.write(batch(["one", "two"]), at: .now)
        sink.write(batch(["three"], dropped: 4), at: .now)
        #expect(disk.text.isEmpty)
        disk.leave(.max)
        sink.write(batch(["four"]), at: .now)
        let lines = disk.text.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains(#""log.dropped":7}"#) && lines[1] == "four", "\(lines)")
        sink.write(batch(["five"]), at: .now)
        #expect(disk.text.hasSuffix("four\nfive\n"))
    }

    @Test func `a line that was cut off is ended before the next`() {
        var sink = sink()
        disk.leave("one\ntw".utf8.count)
        sink.write(batch(["one", "two", "three"]), at: .now)
        #expect(disk.text == "one\ntw")
        disk.leave(.max)
        sink.write(batch(["four"]), at: .now)
        let lines = disk.text.split(separator: "\n")
        #expect(lines.count == 4 && lines[..<2] == ["one", "tw"] && lines[3] == "four", "\(lines)")
        #expect(lines[2].contains(#""log.dropped":2}"#))
    }

    @Test func `what did not fit is said behind what did`() {
        var sink = sink()
        sink.write(batch(["one"], dropped: 3), at: .now)
        #expect(disk.text.hasPrefix("one\n") && disk.text.contains(#""log.dropped":3}"#))
    }

    @Test func `a pipe that others write to gets whole lines`() {
        var sink = sink(wholeBytes: 10)
        sink.write(batch(["123", "4567", "89", "a line that is longer than that", "b"]), at: .now)
        #expect(disk.text == "123\n4567\n89\na line that is longer than that\nb\n")
        #expect(disk.writes == 4)
    }
}
