// Somewhere to write to that is full when a test says so.

import Foundation
import StandardStreams
import Synchronization

final class FragileDisk: Sendable {
    private struct State {
        var text: [UInt8] = []
        var room = Int.max
        var writes = 0
    }

    private let state = Mutex(State())

    var text: String { state.withLock { String(decoding: $0.text, as: UTF8.self) } }
    var writes: Int { state.withLock { $0.writes } }
    func leave(_ room: Int) { state.withLock { $0.room = room } }

    func write(_ bytes: ArraySlice<UInt8>) throws(WriteFailure) {
        let written = state.withLock { state in
            let taken = bytes.prefix(state.room)
            state.text += taken
            state.room -= taken.count
            state.writes += 1
            return taken.count
        }
        if written < bytes.count { throw WriteFailure(written: written, number: ENOSPC) }
    }
}
