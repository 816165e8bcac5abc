// The one way into the log. Whoever says something puts a line into a bounded buffer and goes on; a thread writes what has gathered.
//
//   append ──> LogBuffer ──(first line)──> thread: gathers for an interval ──> LogSink ──> write(2)
//                  └─ full: counted
//
// Nobody but that thread ever waits for the log's reader: when it does not read, the buffer fills, and what comes then is counted.
//
// A test that looks at what was said has each line at once, without a thread (`atOnce`).

internal import Dispatch
internal import Foundation
package import StandardStreams
internal import Synchronization
package import Topology

package final class LogWriter: Sendable {
    /// What every logger of this process writes to.
    package static let standardError = LogWriter(to: .errors)

    private let way: Way

    package convenience init(to stream: StandardStream, limits: Topology.Log = Topology.Log()) {
        self.init(limits: limits, wholeBytes: stream.wholeBytes) { bytes throws(WriteFailure) in try stream.write(bytes)
        }
    }

    package init(
        limits: Topology.Log = Topology.Log(),
        wholeBytes: Int = 1 << 16,
        write: @escaping @Sendable (ArraySlice<UInt8>) throws(WriteFailure) -> Void
    ) {
        let core = Core(limits, LogSink(wholeBytes: wholeBytes, write: write))
        way = .thread(core)
        let thread = Thread { core.work() }
        thread.name = "log"
        thread.start()
    }

    /// Hands each line over where it is said, before `append` returns.
    package init(atOnce write: @escaping @Sendable ([UInt8]) -> Void) { way = .atOnce(write) }

    deinit { core?.stop() }

    /// Never waits, but for what takes the lines at once.
    package func append(_ line: [UInt8]) {
        switch way {
        case .thread(let core): core.append(line)
        case .atOnce(let write): write(line)
        }
    }

    package func use(_ limits: Topology.Log) { core?.use(limits) }

    /// Waits until everything that was said before has been written, or could not be; not longer than the limit for it.
    package func flush() { core?.flush() }

    private var core: Core? { if case .thread(let core) = way { core } else { nil } }
}

extension LogWriter {
    private enum Way {
        case thread(Core)
        case atOnce(@Sendable ([UInt8]) -> Void)
    }

    private struct State {
        var limits: Topology.Log
        var buffer: LogBuffer
        /// Lines that were said, and those of them that are dealt with.
        var said = 0
        var done = 0
        var waiting: [(line: Int, DispatchSemaphore)] = []
        var isStopping = false
    }

    /// What the thread holds: it outlives the writer until the thread has left.
    private final class Core: Sendable {
        private let state: Mutex<State>
        private let sink: LogSink
        /// There is something to write: one signal for each time that the buffer stops being empty.
        private let filled = DispatchSemaphore(value: 0)
        /// Somebody waits: what has gathered is written at once. One signal too many makes one interval shorter.
        private let hurry = DispatchSemaphore(value: 0)

        init(_ limits: Topology.Log, _ sink: consuming LogSink) {
            state = Mutex(State(limits: limits, buffer: LogBuffer(capacity: limits.buffer)))
            self.sink = sink
        }

        func append(_ line: [UInt8]) {
            let isFirst = state.withLock { state in
                let wasEmpty = state.buffer.isEmpty
                state.buffer.append(line)
                state.said += 1
                return wasEmpty
            }
            if isFirst { filled.signal() }
        }

        func use(_ limits: Topology.Log) {
            state.withLock { state in
                state.limits = limits
                state.buffer.capacity = limits.buffer
            }
        }

        func stop() {
            state.withLock { $0.isStopping = true }
            filled.signal()
            hurry.signal()
        }

        func flush() {
            let written = DispatchSemaphore(value: 0)
            let patience = state.withLock { state -> Duration? in
                guard state.done < state.said else { return nil }
                state.waiting.append((state.said, written))
                return state.limits.flushTimeout
            }
            guard let patience else { return }
            hurry.signal()
            _ = written.wait(timeout: .now() + patience.dispatched)
        }

        /// The body of the thread.
        func work() {
            var sink = sink
            var batch = LogBuffer.Batch()
            while true {
                filled.wait()
                let (interval, isStopping) = state.withLock { ($0.limits.interval, $0.isStopping) }
                if !isStopping { _ = hurry.wait(timeout: .now() + interval.dispatched) }
                var last = 0
                (batch, last) = state.withLock { ($0.buffer.take(leaving: batch), $0.said) }
                sink.write(batch, at: .now)
                tell(last)
                if isStopping { return }
            }
        }

        private func tell(_ last: Int) {
            let served = state.withLock { state in
                state.done = last
                let served = state.waiting.filter { $0.line <= last }
                state.waiting.removeAll { $0.line <= last }
                return served
            }
            for (_, written) in served { written.signal() }
        }
    }
}

extension Duration {
    fileprivate var dispatched: DispatchTimeInterval {
        .microseconds(Int(clamping: Int64(self / .microseconds(1))))
    }
}
