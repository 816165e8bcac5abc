// A process that a test of the whole runs in the repository; what it is, and how it ends, `ServiceProcess` says.

import Foundation
import Processes

typealias ChildProcess = ServiceProcess

extension ServiceProcess {
    /// Starts `command`; its standard error is appended to the file `log`.
    convenience init(
        _ command: [String],
        environment: [String: String] = [:],
        log: String,
        faults: [ProcessFault]? = nil,
        seed: UInt64 = 1
    ) throws {
        try self.init(
            command,
            environment: environment,
            in: Repository.root.path,
            log: log,
            faults: faults,
            seed: seed
        )
    }
}
