// A program that should be a service of one's own, and is none: what the test is told, and that nothing of it is left.

import Bus
import EcosystemTesting
import Foundation
import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProcessEcosystemTests {
    /// Writes its number into a file, complains, says ready, and does then what `body` says.
    private struct Impostor {
        let folder = "/tmp/fai-\(UUID().uuidString.prefix(8))"
        var path: String { "\(folder)/impostor" }

        init(_ body: String) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = """
                #!/usr/bin/python3 -u
                import os, signal, sys
                print("I am no service.", file=sys.stderr)
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
                open("\(folder)/number", "w").write(str(os.getpid()))
                print("ready: as far as that goes")
                \(body)

                """
            try text.write(toFile: "\(folder)/text", atomically: true, encoding: .utf8)
            // By another process: what a test beside this one starts has for a moment all that this process writes to, and "Text file busy" is who starts that.
            let install = try Child("/usr/bin/install", ["-m", "0755", "\(folder)/text", path])
            try #require(install.wait() == 0)
        }

        func isRunning() throws -> Bool {
            let number = try String(contentsOfFile: "\(folder)/number", encoding: .utf8)
            return FileManager.default.fileExists(atPath: "/proc/\(number)")
        }

        /// What it does that ends when it is asked to, and leaves a file then.
        static let drains = "signal.sigwait([signal.SIGTERM])\nopen(__file__ + '.drained', 'w').close()"

        var hasDrained: Bool { FileManager.default.fileExists(atPath: "\(path).drained") }

        func clear() { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test func `a process that ends before it is found is not waited for, and says its last`() async throws {
        let impostor = try Impostor("sys.exit(3)")
        defer { impostor.clear() }
        let ended = await #expect(throws: ServiceProcess.Ended.self) {
            try await TestEcosystem.run(impostor.path, as: "ghost") { _, _ in }
        }
        #expect(ended?.description.contains("I am no service.") == true, "\(ended as Any)")
    }

    @Test func `its settings are in the topology that it is given`() async throws {
        let told = #"print("".join(line for line in open(sys.argv[1]) if "settings" in line), file=sys.stderr)"#
        let impostor = try Impostor("\(told)\nsys.exit(3)")
        defer { impostor.clear() }
        let ended = await #expect(throws: ServiceProcess.Ended.self) {
            try await TestEcosystem.run(impostor.path, as: "ghost", settings: ["longest": "it's 20"]) { _, _ in }
        }
        #expect(ended?.description.contains("ghost: {settings: {longest: 'it''s 20'}}") == true, "\(ended as Any)")
    }

    /// No topology names a service twice, so this one is wrong before there is an ecosystem.
    @Test func `whatever fails, the process is over when that is told, and its last words are told too`() async throws {
        let impostor = try Impostor(Impostor.drains)
        defer { impostor.clear() }
        let failed = await #expect(throws: FailedBesideProcess.self) {
            try await TestEcosystem.run(impostor.path, as: "kms") { _, _ in }
        }
        #expect(try impostor.hasDrained && !impostor.isRunning())
        #expect(failed?.complaints == ["I am no service."])
        #expect(failed?.description.contains("kms") == true)
    }
}
