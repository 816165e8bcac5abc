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

    @Test(arguments: [
        ("0100007F", true), ("0200007F", true), ("00000000", false), ("0100A8C0", false), ("7F000001", false),
        ("00000000000000000000000001000000", true), ("00000000000000000000000000000000", false),
        ("0000000000000000FFFF00000100007F", true), ("0000000000000000FFFF00000100A8C0", false), ("", false),
    ])
    func `loopback is told from what others can reach`(address: String, isLoopback: Bool) {
        #expect(ListeningSockets(address: address, port: 1).isLoopback == isLoopback)
    }
}
