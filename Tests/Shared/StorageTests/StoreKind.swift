// The engines that every store's suite runs on, each with a place that no other test has.

import Bus
import DatabaseServer
import Foundation
import Storage
import Testing

enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite, postgreSQL

    var testDescription: String { rawValue }

    func place() throws -> DatabaseLocation {
        var location: DatabaseLocation
        switch self {
        case .memory: location = .memory
        case .sqlite:
            let directory = FileManager.default.temporaryDirectory.appending(path: "engine-\(UUID().uuidString)")
            location = .file(directory.appending(path: "test.db").path)
        case .postgreSQL:
            location = .schema(DatabaseServer.newSchema(), on: [try DatabaseServer.shared.get().server])
        }
        location.limits = TestDatabase.limits
        return location
    }

    func open(_ migrations: [Migration] = []) throws -> DurableStore {
        try DurableStore(try place(), topics: [numbers.name], migrations: [TestDatabase.tables] + migrations)
    }
}
