// Where a service's data lies: what a second replica must find there.

import Bus
import Foundation
import FountainService
import Testing
import Topology

@Suite struct DataLayoutTests {
    @Test func `a second replica does not begin without the first one's master keys, and makes none`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: directory) }
        let yaml = "name: test\nkind: test\nservices: {kms: {port: 0}}\n"
        let topology = try Topology.parse(yaml: yaml, file: "test", dataDirectory: directory.path, environment: [:])
        let layout = DataLayout(topology)
        for service in ["kms", "2fa"] {
            let failure = #expect(throws: Failure.self) { try layout.expectKeyring(service, replica: 2) }
            #expect(failure?.code == .conflict && failure?.detail.contains("\(service).keyring is missing") == true)
            try layout.expectKeyring(service, replica: 1)
        }
        for service in ["service_a", "gateway"] { try layout.expectKeyring(service, replica: 2) }
        let keys = directory.appending(path: "keys")
        #expect(!FileManager.default.fileExists(atPath: keys.appending(path: "kms.keyring").path))
        try FileManager.default.createDirectory(at: keys, withIntermediateDirectories: true)
        try Data().write(to: keys.appending(path: "kms.keyring"))
        try layout.expectKeyring("kms", replica: 2)
    }
}
