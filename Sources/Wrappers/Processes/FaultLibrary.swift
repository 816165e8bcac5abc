// What is loaded into a process so that things go wrong there: a small library of ours (`host_faults.c`), compiled here once in the life of the tests, and
// Debian's libfiu behind it where that is installed.
//
// It refuses to be found by others: each process has a copy in a directory of its own.

import Dispatch
import Foundation

enum FaultLibrary {
    /// Puts it into a directory.
    ///
    /// - Returns: What `LD_PRELOAD` has to say.
    static func install(in directory: String) throws -> String {
        let library = "\(directory)/host_faults.so"
        try compiled.get().write(to: URL(fileURLWithPath: library))
        return ([library] + [fiu].compactMap(\.self)).joined(separator: " ")
    }

    /// Where libfiu's calls of the C library are; nil where it is not installed.
    static let fiu = ["/usr/lib/fiu", "/usr/local/lib/fiu"].map { "\($0)/fiu_posix_preload.so" }
        .first { FileManager.default.fileExists(atPath: $0) }

    /// - Throws: `FaultFailure` where a fault needs what is not here.
    static func check(_ faults: [ProcessFault]) throws(FaultFailure) {
        guard fiu == nil, faults.contains(where: \.needsFIU) else { return }
        throw .missing(tool: "libfiu", remedy: "install Debian's fiu-utils")
    }

    private static let compiled = Result<Data, any Error> { try compile() }

    private static func compile() throws -> Data {
        guard let compiler = compiler() else {
            throw FaultFailure.missing(tool: "C compiler", remedy: "install Debian's gcc, or clang")
        }
        let directory = FileManager.default.temporaryDirectory.appending(path: "fault-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (source, library) = (
            directory.appending(path: "host_faults.c"), directory.appending(path: "host_faults.so")
        )
        try Data(PackageResources.host_faults_c).write(to: source)
        let arguments = ["-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"]
        let complaint = try run(compiler, arguments, log: directory.appending(path: "log"))
        guard let complaint else { return try Data(contentsOf: library) }
        throw FaultFailure.notCompiled(complaint)
    }

    /// `cc`, or what stands beside `swift`.
    private static func compiler() -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let own = folders.map { URL(fileURLWithPath: "\($0)/swift").resolvingSymlinksInPath() }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }?
            .deletingLastPathComponent().appending(path: "clang").path
        let others = ["cc", "gcc", "clang"].flatMap { name in folders.map { "\($0)/\(name)" } }
        return (others + [own].compactMap(\.self)).first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What it says where it fails; nil where it does not.
    private static func run(_ program: String, _ arguments: [String], log: URL) throws -> String? {
        try Data().write(to: log)
        let errors = try FileHandle(forWritingTo: log)
        let child = try Child(program, arguments, input: .nothing, output: .nothing, errors: .file(errors))
        return child.wait() == 0 ? nil : try String(contentsOf: log, encoding: .utf8)
    }
}
