// A .fountain file on the command line: read whole, within a limit, and what it is called.

import Contracts
import Ecosystem
import Foundation
import Screenplay

struct ScreenplayFile {
    static let standardLimit = 16 << 20

    let path: String
    let bytes: [UInt8]
    let screenplay: Screenplay

    /// - Throws: `Complaint` for a file that cannot be read, is too large, or is no text.
    init(_ path: String, limit: Int = standardLimit) throws {
        self.path = path
        bytes = try Self.read(path, limit)
        do throws(ScreenplayError) { screenplay = try Screenplay(bytes) } catch { throw Complaint("\(path) \(error).") }
    }

    /// The sequence that it goes to where nobody says another.
    func sequence() throws -> SequenceName {
        try Self.sequence(URL(filePath: path).deletingPathExtension().lastPathComponent)
    }

    static func sequence(_ name: String) throws -> SequenceName {
        guard let sequence = SequenceName(name) else {
            throw Complaint(
                "A sequence cannot be called \"\(name)\": its name \(SequenceName.rule). Say another with --into."
            )
        }
        guard sequence.onlyType == nil else {
            throw Complaint("\"\(name)\" holds elements of that type alone, not a play. Say another name with --into.")
        }
        return sequence
    }

    private static func read(_ path: String, _ limit: Int) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            // One byte more than may be, which tells a file that is too large from one that just fits.
            bytes = try Self.bytes(of: handle, atMost: limit + 1)
        } catch { throw Complaint("\(path) cannot be read: \(reason(path)).") }
        guard bytes.count <= limit else {
            throw Complaint("\(path) has more than \(grouped(limit)) bytes. Say --max-bytes, if it is a screenplay.")
        }
        return bytes
    }

    private static func bytes(of handle: FileHandle, atMost limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit, let more = try handle.read(upToCount: min(limit - bytes.count, 1 << 20)),
            !more.isEmpty
        {
            bytes += more
        }
        return bytes
    }

    private static func reason(_ path: String) -> String {
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return "there is no such file"
        }
        return isDirectory.boolValue ? "it is a directory" : "you may not"
    }
}
