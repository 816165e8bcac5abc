// Ports for programs that have to be told theirs.

import Processes
import Testing

@Suite struct FreePortsTests {
    @Test func `each port is given once, and below those that the kernel gives`() async throws {
        let taken = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<8 { group.addTask { try FreePorts.take(25) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(taken).count == 200)
        #expect(taken.allSatisfy { (20_000..<32_768).contains($0) })
    }

    @Test func `more than there are is refused, and gives none away`() throws {
        #expect(throws: FreePorts.None.self) { try FreePorts.take(20_000) }
        #expect(try FreePorts.take(1).count == 1)
    }
}
