// The lines that have been said and not yet been taken to be written: as many bytes as it may hold, and no more. What does not fit is
// counted. It is not a lock and not a thread; `LogWriter` has those.

struct LogBuffer {
    /// What is taken at once.
    struct Batch {
        var bytes: [UInt8] = []
        var lines = 0
        /// That did not fit behind these.
        var dropped = 0
    }

    var capacity: Int
    private var batch = Batch()

    init(capacity: Int) { self.capacity = capacity }

    var isEmpty: Bool { batch.lines == 0 && batch.dropped == 0 }

    mutating func append(_ line: [UInt8]) {
        guard line.count <= capacity - batch.bytes.count else {
            batch.dropped += 1
            return
        }
        batch.bytes.append(contentsOf: line)
        batch.lines += 1
    }

    /// Everything; what is given is filled next, so that two buffers are enough for any number of lines.
    mutating func take(leaving empty: consuming Batch) -> Batch {
        empty.bytes.removeAll(keepingCapacity: empty.bytes.capacity <= Self.kept)
        (empty.lines, empty.dropped) = (0, 0)
        swap(&batch, &empty)
        return empty
    }

    /// A buffer that has been larger gives its memory back.
    private static let kept = 256 << 10
}
