// What the commands that run services write to their log, and from which level on: JSON lines on standard error.

import ArgumentParser
import Logging
import Logs
import Topology

struct LogOptions: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("There is no log level \"\(logLevel)\".")
        }
    }

    func logger(for topology: Topology) -> Logger {
        LogWriter.standardError.use(topology.log)
        LoggingSystem.bootstrap { _ in JSONLogHandler() }
        var logger = Logger(label: "fountain")
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }
}
