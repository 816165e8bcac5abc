// How much room there is where a service's data lies: what it says of itself, since nobody on another host can look.

import Foundation

package struct DiskRoom: Sendable, Equatable {
    /// Bytes that may still be written by who is not root.
    package let free: Double
    /// Bytes in all.
    package let size: Double

    private enum Name {
        static let free = "disk_free_bytes"
        static let size = "disk_size_bytes"
    }

    /// Of the file system that a directory is on; nil where it is not there or cannot be looked at.
    package init?(at directory: String) {
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: directory),
            let size = (attributes[.systemSize] as? NSNumber)?.doubleValue, size > 0,
            let free = (attributes[.systemFreeSize] as? NSNumber)?.doubleValue
        else { return nil }
        (self.free, self.size) = (free, size)
    }

    /// As a service told it among its vitals; nil where it did not.
    package init?(told numbers: [String: Double]) {
        guard let free = numbers[Name.free], let size = numbers[Name.size], size > 0 else { return nil }
        (self.free, self.size) = (free, size)
    }

    /// For a service's vitals.
    package var numbers: [String: Double] { [Name.free: free, Name.size: size] }

    package var percent: Double { free / size * 100 }
}
