// What the suites share: the shipped files, and a parse that sees no environment but its own.

import Foundation

@testable import Topology

enum Fixtures {
    static let shipped = ["local", "test", "compose"]

    static func path(_ name: String) -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().deletingLastPathComponent().appending(path: "topology/\(name).yaml")
            .path()
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    static func parse(_ yaml: String, environment: [String: String] = [:]) throws(TopologyError) -> Topology {
        try Topology.parse(yaml: yaml, file: "t.yaml", environment: environment)
    }

    /// One line for each problem; nothing if there is none.
    static func problems(_ yaml: String, environment: [String: String] = [:]) -> [String] {
        do throws(TopologyError) {
            _ = try parse(yaml, environment: environment)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}
