// How tests start processes: one at a time.
//
// Foundation hears of a child's end by a socket that the child alone holds. On Linux a child that is started in the same moment as another
// inherits the other's socket too, and as long as it lives, the other never ends for Foundation: a test that ends the two in turn waits for ever
// (swiftlang/swift-corelibs-foundation#4795). `scripts/lint` refuses `Process.run`.

package import Foundation
import Synchronization

extension Process {
    private static let starting = Mutex(())

    /// Starts the process, beside no other start.
    package func start() throws { try Self.starting.withLock { _ in try run() } }
}
