// The page that a process under faults has mapped: what is written here goes wrong there from then on, also where it stands still. Its fields are those of
// `struct page` in `host_faults.c`, eight bytes each, in the order of the host, which is little-endian.

import Foundation
import Synchronization

final class FaultPage: Sendable {
    private enum Field: UInt64 {
        case loaded, clock, slow, seed, full, fails, writes, syncs, refusedWrites, failedSyncs
    }

    let path: String
    private let file: Mutex<FileHandle>

    init(in directory: String, seed: UInt64) throws {
        path = "\(directory)/faults"
        try Data(count: 4096).write(to: URL(fileURLWithPath: path))
        file = Mutex(try FileHandle(forUpdating: URL(fileURLWithPath: path)))
        try set(.seed, seed)
    }

    /// These and no others; of two of a kind the later.
    func set(_ faults: [ProcessFault]) throws {
        var values: [Field: UInt64] = [.clock: 0, .slow: 0, .full: 0, .fails: 0]
        for fault in faults {
            switch fault.kind {
            case .clock(let seconds): values[.clock] = UInt64(bitPattern: Int64(seconds))
            case .slow(let duration): values[.slow] = UInt64(max(0, min(1e9, duration / .microseconds(1))))
            case .full(let odds): values[.full] = odds.bitPattern
            case .fails(let odds): values[.fails] = odds.bitPattern
            }
        }
        for (field, value) in values { try set(field, value) }
    }

    /// Whether our library is in the process.
    var isLoaded: Bool { value(of: .loaded) & 1 != 0 }

    /// What goes wrong now needs libfiu in the process as well.
    private var needsFIU: Bool { value(of: .full) != 0 || value(of: .fails) != 0 }

    /// - Throws: `FaultFailure` where what goes wrong now cannot, because the process has not loaded what it was told to.
    func check() throws(FaultFailure) {
        guard isLoaded else { throw .notLoaded }
        guard value(of: .loaded) & 2 == 0, needsFIU else { return }
        throw .fiuNotLoaded
    }

    var tally: FaultTally {
        FaultTally(
            writes: Int(clamping: value(of: .writes)),
            refusedWrites: Int(clamping: value(of: .refusedWrites)),
            syncs: Int(clamping: value(of: .syncs)),
            failedSyncs: Int(clamping: value(of: .failedSyncs))
        )
    }

    private func set(_ field: Field, _ value: UInt64) throws {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        try file.withLock { file in
            try file.seek(toOffset: field.rawValue * 8)
            try file.write(contentsOf: Data(bytes))
        }
    }

    private func value(of field: Field) -> UInt64 {
        let bytes = file.withLock { file in
            try? file.seek(toOffset: field.rawValue * 8)
            return try? file.read(upToCount: 8)
        }
        return (bytes ?? Data()).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
