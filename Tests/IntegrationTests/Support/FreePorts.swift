// Ports of loopback that nobody listens on, for programs that cannot tell which one the kernel gave them.

import Foundation

/// So many different ports: all are bound before one is let go.
func freePorts(_ count: Int) async throws -> [Int] {
    let program = """
        import socket, sys
        sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        for each in sockets:
            print(each.getsockname()[1], flush=True)
        """
    let process = try ChildProcess(["/usr/bin/python3", "-c", program, "\(count)"], log: "/dev/null")
    let ports = await process.next(count).compactMap { Int($0) }
    guard ports.count == count else { throw ChildProcess.Ended(description: "no ports") }
    return ports
}
