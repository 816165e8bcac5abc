// How many documents go into one import: fewer after one that was not answered in time, so that a server which is merely slow gets
// portions that it can do, and more again while they succeed.

import Synchronization

final class ImportPortion: Sendable {
    private static let least = 10
    private let most: Int
    private let size: Mutex<Int>

    init(most: Int) {
        self.most = most
        size = Mutex(most)
    }

    var current: Int { size.withLock { $0 } }

    func succeeded() { size.withLock { $0 = min(most, $0 * 2) } }
    func failed() { size.withLock { $0 = min(most, max(Self.least, $0 / 2)) } }
}
