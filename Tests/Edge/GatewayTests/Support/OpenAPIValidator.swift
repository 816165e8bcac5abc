// The PyPI package openapi-spec-validator: an opinion on our document that is not our own. `scripts/test-tools` installs it.

import Foundation
import Processes

enum OpenAPIValidator {
    /// What it has to say against the document; nil for nothing.
    static func complaint(about document: [UInt8]) async throws -> String? {
        let program = "import json,sys,openapi_spec_validator as v; v.validate(json.load(sys.stdin))"
        let (status, output) = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "validator").async {
                continuation.resume(with: Result { try run(program, input: document) })
            }
        }
        return status == 0 ? nil : output
    }

    /// The environment is made where it is missing; of several tests that ask, one makes it.
    private static func run(_ program: String, input: [UInt8]) throws -> (status: Int32, output: String) {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../..")
            .standardized
        let (stdin, output) = (Pipe(), Pipe())
        let arguments = ["-c", #"exec "$("$0/scripts/test-tools")" -c "$1""#, root.path, program]
        let child = try Child("/bin/sh", arguments, input: .pipe(stdin), output: .pipe(output), errors: .pipe(output))
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        return (child.wait(), String(decoding: said, as: UTF8.self))
    }
}
