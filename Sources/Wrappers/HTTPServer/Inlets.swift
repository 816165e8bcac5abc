// The connections by their descriptors, and the `recv` through which libmicrohttpd reads them.
//
// libmicrohttpd has no way to be given bytes, nor to ask what they are worth: it calls `recv`. A program's own symbol comes before the C library's
// (ELF), so that call arrives here, for those descriptors only; everybody else's goes on to the kernel at once. Where it did not arrive, no
// request would be let in (`DaemonCallbacks.access`). docs/adr/0015.

import Glibc
import Synchronization

enum Inlets {
    /// A slot for each descriptor that the process may have, empty or a pointer to an `Inlet` that the doorkeeper keeps alive.
    // `nonisolated(unsafe)` because the pointer is constant, and the slots are atomic.
    private nonisolated(unsafe) static let slots = unsafe calloc(count, MemoryLayout<Int>.stride)?
        .bindMemory(to: Atomic<Int>.self, capacity: count)

    private static let count = min(Descriptors.limits().hard, 1 << 20)

    static func insert(_ inlet: Inlet) {
        guard let slots = unsafe slots, (0..<count).contains(Int(inlet.socket)) else { return }
        let pointer = unsafe Unmanaged.passUnretained(inlet).toOpaque()
        unsafe slots[Int(inlet.socket)].store(Int(bitPattern: pointer), ordering: .releasing)
    }

    static func remove(_ inlet: Inlet) {
        guard let slots = unsafe slots, (0..<count).contains(Int(inlet.socket)) else { return }
        unsafe slots[Int(inlet.socket)].store(0, ordering: .releasing)
    }

    static func find(_ socket: Int32) -> Inlet? {
        guard socket >= 0, Int(socket) < count, let slots = unsafe slots else { return nil }
        let pointer = unsafe UnsafeRawPointer(bitPattern: slots[Int(socket)].load(ordering: .acquiring))
        return unsafe pointer.map { unsafe Unmanaged<Inlet>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// The process's `recv`.
@_cdecl("recv")
package func receiveJudged(
    _ socket: Int32,
    _ buffer: UnsafeMutableRawPointer?,
    _ count: Int,
    _ flags: Int32
) -> Int {
    guard let inlet = Inlets.find(socket), let buffer = unsafe buffer else {
        return unsafe recvfrom(socket, buffer, count, flags, nil, nil)
    }
    return unsafe inlet.receive(buffer, count, flags, now: Doorkeeper.now)
}
