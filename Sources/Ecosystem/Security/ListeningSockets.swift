// The TCP sockets that this host listens on, as Linux shows them in /proc/net/tcp and tcp6 (proc(5)):
//
//   sl  local_address           rem_address   st …
//   0:  0100007F:1F42           00000000:0000 0A        the address in hexadecimal, 32 bits at a time in the host's byte order; 0A listens

import Foundation

struct ListeningSockets: Sendable, Equatable {
    /// In hexadecimal, as the kernel writes it.
    let address: String
    let port: Int

    static func onThisHost() -> [ListeningSockets] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { read(whole($0)) }
    }

    /// To its end: the kernel hands a table out a page at a time, and `String(contentsOfFile:)` takes the first for all of it.
    private static func whole(_ path: String) -> String {
        let content = try? FileHandle(forReadingAtPath: path)?.readToEnd()
        return String(decoding: content ?? Data(), as: UTF8.self)
    }

    static func read(_ table: String) -> [ListeningSockets] {
        table.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let columns = line.split(separator: UInt8(ascii: " ")).map(Substring.init)
            guard columns.count > 3, columns[3] == "0A" else { return nil }
            let parts = columns[1].utf8.split(separator: UInt8(ascii: ":")).map(Substring.init)
            guard parts.count == 2, let port = Int(parts[1], radix: 16) else { return nil }
            return ListeningSockets(address: String(parts[0]), port: port)
        }
    }

    /// 127.0.0.0/8, ::1, and the first as the second writes it.
    var isLoopback: Bool {
        switch address.count {
        case 8: isOfLoopback
        case 32: address == Self.loopback6 || (address.utf8.starts(with: Self.mapped4.utf8) && isOfLoopback)
        default: false
        }
    }

    /// The kernel writes the four bytes backwards: 127 is the last.
    private var isOfLoopback: Bool { address.utf8.suffix(2).elementsEqual("7F".utf8) }

    private static let loopback6 = "00000000000000000000000001000000"
    private static let mapped4 = "0000000000000000FFFF0000"
}
