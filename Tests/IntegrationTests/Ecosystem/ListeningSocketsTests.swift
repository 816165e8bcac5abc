// What listens on this host, as the doctor reads it of the kernel: a table, the sockets of another process, and what of it is loopback.

import Foundation
import Processes
import Testing

@testable import Ecosystem

@Suite(.tags(.integration), .witnessed) struct ListeningSocketsTests {
    static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F42 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1
           1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
           2: 0100007F:1F43 0100007F:1F42 01 00000000:00000000 00:00000000 00000000  1000        0 3
        broken line
        """

    @Test func `sockets that listen are read, connections are not`() {
        #expect(
            ListeningSockets.read(Self.table) == [
                ListeningSockets(address: "0100007F", port: 8002), ListeningSockets(address: "00000000", port: 22),
            ]
        )
    }

    /// More than fit into a page, of which the kernel hands out one at a time.
    @Test func `on a host where many listen all of them are seen`() throws {
        let (input, output) = (Pipe(), Pipe())
        let crowd = try Child(
            "/usr/bin/env",
            ["python3", "-c", Self.crowd],
            input: .pipe(input),
            output: .pipe(output)
        )
        defer {
            try? input.fileHandleForWriting.close()
            crowd.wait()
        }
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let ports = Set(told.split(whereSeparator: \.isWhitespace).compactMap { Int($0) })
        #expect(ports.count == 200)
        #expect(ports.subtracting(ListeningSockets.onThisHost().map(\.port)) == [])
    }

    private static let crowd = """
        import os, socket, sys
        crowd = [socket.create_server(("127.0.0.1", 0)) for _ in range(200)]
        print(*(one.getsockname()[1] for one in crowd), flush=True)
        os.close(1)
        sys.stdin.read()
        """

    @Test(arguments: [
        ("0100007F", true), ("0200007F", true), ("00000000", false), ("0100A8C0", false), ("7F000001", false),
        ("00000000000000000000000001000000", true), ("00000000000000000000000000000000", false),
        ("0000000000000000FFFF00000100007F", true), ("0000000000000000FFFF00000100A8C0", false), ("", false),
    ])
    func `loopback is told from what others can reach`(address: String, isLoopback: Bool) {
        #expect(ListeningSockets(address: address, port: 1).isLoopback == isLoopback)
    }
}
