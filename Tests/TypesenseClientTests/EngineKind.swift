// The engines that the shared suite runs through.

import Storage
import TypesenseClient

enum EngineKind: String, CaseIterable {
    case builtIn

    func make() async throws -> any SearchEngine {
        switch self {
        case .builtIn: try BuiltInEngine(.memory)
        }
    }
}
