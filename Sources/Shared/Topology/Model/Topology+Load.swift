// From a file to a Topology: read everything, then check what holds between fields, then report all problems at once.

import Foundation

extension Topology {
    /// Reads and validates a topology file.
    ///
    /// - Parameters:
    ///   - path: the file; problems name it as it is written here.
    ///   - dataDirectory: stands in for the file's `data_dir`, and for the sockets derived from it.
    ///   - environment: what placeholders such as `${KMS_CALLS:-kms:7311}` are filled from.
    /// - Returns: what the file says, and the defaults for what it does not.
    /// - Throws: every problem of the file.
    package static func load(
        _ path: String,
        dataDirectory: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(TopologyError) -> Topology {
        let yaml = try text(of: path)
        return try parse(yaml: yaml, file: path, dataDirectory: dataDirectory, environment: environment)
    }

    /// Reads and validates a topology that is already in memory.
    ///
    /// - Parameters:
    ///   - yaml: the text.
    ///   - file: what problems call the place the text came from.
    ///   - dataDirectory: as for `load`.
    ///   - environment: as for `load`.
    /// - Returns: what the text says, and the defaults for what it does not.
    /// - Throws: every problem of the text.
    package static func parse(
        yaml: String,
        file: String,
        dataDirectory: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(TopologyError) -> Topology {
        let findings = Findings(file: file)
        guard let node = Document.root(of: yaml, findings: findings) else { throw findings.error }
        let root = Section(node, path: "", findings: findings, environment: environment)
        let topology = Topology(reading: root, dataDirectory: dataDirectory)
        // Only a file whose fields are all right is worth comparing with itself: a missing field would show up again as
        // a dangling reference.
        if findings.isEmpty { topology.check(into: findings) }
        guard findings.isEmpty else { throw findings.error }
        return topology
    }

    /// Reads at most one byte more than a topology may have: a device or a database named by mistake stays unread.
    private static func text(of path: String) throws(TopologyError) -> String {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: Document.largest + 1) ?? Data()
        } catch {
            throw unreadable(path, "cannot be read: \(reason(for: error)); give the path of a topology file")
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else { throw unreadable(path, "is not UTF-8 text") }
        return text
    }

    private static func unreadable(_ path: String, _ message: String) -> TopologyError {
        TopologyError(problems: [.init(file: path, line: 0, column: 0, path: "", message: message)])
    }

    private static func reason(for error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
        case .fileReadNoPermission: "permission denied"
        default: "\(error.localizedDescription)"
        }
    }
}
