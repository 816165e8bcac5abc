// Several threads that speak and one that writes: lines are whole and in order, and nobody waits for a reader that does not read.

import Dispatch
import StandardStreams
import Testing
import Topology

@testable import Logs

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
    private func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test func `lines come in order, and flush returns when they are there`() {
        let disk = FragileDisk()
        var limits = Topology.Log()
        (limits.interval, limits.flushTimeout) = (.milliseconds(50), .seconds(30))
        let writer = LogWriter(limits: limits) { bytes throws(WriteFailure) in try disk.write(bytes) }
        for number in 0..<1000 { writer.append(line("\(number)")) }
        writer.flush()
        #expect(disk.text == (0..<1000).map { "\($0)\n" }.joined())
        #expect(disk.writes < 100, "gathered, not written one by one")
    }

    @Test func `lines of several threads are whole`() {
        let disk = FragileDisk()
        var limits = Topology.Log()
        limits.flushTimeout = .seconds(30)
        let writer = LogWriter(limits: limits) { bytes throws(WriteFailure) in try disk.write(bytes) }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for _ in 0..<500 { writer.append(line(String(repeating: "\(thread)", count: 50))) }
        }
        writer.flush()
        let lines = disk.text.split(separator: "\n")
        #expect(lines.count == 4000 && lines.allSatisfy { Set($0).count == 1 && $0.count == 50 })
    }

    @Test func `whoever speaks never waits for a reader that does not read`() {
        let (gate, disk) = (DispatchSemaphore(value: 0), FragileDisk())
        var limits = Topology.Log()
        (limits.buffer, limits.flushTimeout) = (4096, .milliseconds(50))
        let writer = LogWriter(limits: limits) { bytes throws(WriteFailure) in
            gate.wait()
            gate.signal()
            try disk.write(bytes)
        }
        for number in 0..<10_000 { writer.append(line("\(number)")) }
        writer.flush()  // gives up
        #expect(disk.text.isEmpty)
        gate.signal()
        limits.flushTimeout = .seconds(30)
        writer.use(limits)
        writer.flush()
        writer.append(line("afterwards"))
        writer.flush()
        let lines = disk.text.split(separator: "\n")
        let dropped = lines.filter { $0.hasPrefix("{") }.compactMap {
            $0.split(separator: #""log.dropped":"#).last.flatMap { Int($0.dropLast()) }
        }
        #expect(lines.first == "0" && lines.last == "afterwards")
        #expect(lines.count { !$0.hasPrefix("{") } + dropped.reduce(0, +) == 10_001, "every line is there or counted")
    }

    @Test func `a writer that nobody holds writes what it has, and ends`() async {
        let disk = FragileDisk()
        let (ended, end) = AsyncStream<Void>.makeStream()
        do {
            let writer = LogWriter { bytes throws(WriteFailure) in
                try disk.write(bytes)
                end.finish()
            }
            writer.append(line("last words"))
        }
        for await _ in ended {}
        #expect(disk.text == "last words\n")
    }
}
