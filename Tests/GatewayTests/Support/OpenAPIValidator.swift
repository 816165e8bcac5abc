// The PyPI package openapi-spec-validator, where it is installed: an opinion on our document that is not our own.

import Foundation

enum OpenAPIValidator {
    static let isInstalled = (try? run(["-c", "import openapi_spec_validator"], input: []))?.status == 0

    /// What it has to say against the document; nil for nothing.
    static func complaint(about document: [UInt8]) async throws -> String? {
        let program = "import json,sys,openapi_spec_validator as v; v.validate(json.load(sys.stdin))"
        let (status, output) = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "validator").async {
                continuation.resume(with: Result { try run(["-c", program], input: document) })
            }
        }
        return status == 0 ? nil : output
    }

    private static func run(_ arguments: [String], input: [UInt8]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let (stdin, output) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
