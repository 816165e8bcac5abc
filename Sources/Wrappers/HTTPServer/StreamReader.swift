// How libmicrohttpd asks for a streamed body: it calls `read` where the connection takes bytes, and `free` when the answer is over.
//
// What it gives us to write into is half of the connection's pool, and it has cleared all of that (it clears what it shrinks). For an answer of a
// moment that is nothing; a thousand idle streams would keep a hundred megabytes of zeros. So the pages go back while a stream waits: it is room
// for us to write, whatever is in it.

import CMicroHTTPD
import Glibc

final class StreamReader {
    typealias Read =
        @convention(c) (UnsafeMutableRawPointer?, UInt64, UnsafeMutablePointer<CChar>?, Int) -> Int
    typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void

    private let stream: BodyStream
    private let pageSize = sysconf(Int32(_SC_PAGESIZE))
    private let connection: Connection

    private init(_ stream: BodyStream, _ connection: Connection) {
        self.stream = stream
        self.connection = connection
    }

    /// The answer whose body is `stream`, with no length; nil where there is no memory.
    static func response(_ stream: BodyStream, on connection: Connection) -> OpaquePointer? {
        let reader = unsafe Unmanaged.passRetained(StreamReader(stream, connection)).toOpaque()
        guard let response = unsafe MHD_create_response_from_callback(.max, blockSize, read, reader, free) else {
            unsafe free(reader)
            return nil
        }
        if stream.isOver { unsafe fountain_send_without_chunks(response) }
        return unsafe response
    }

    /// What libmicrohttpd keeps for a body that is not sent in chunks, as HTTP/1.0 has it.
    private static let blockSize = 4 << 10

    private static let read: Read = { context, _, buffer, size in
        guard let context = unsafe context, let buffer = unsafe buffer else { return -2 }
        let reader = unsafe Unmanaged<StreamReader>.fromOpaque(context).takeUnretainedValue()
        let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size)
        switch unsafe reader.stream.take(room, for: reader.connection, now: Doorkeeper.now) {
        case .bytes(let count): return count
        case .nothing:
            unsafe reader.giveBack(room)
            return 0
        // MHD_CONTENT_READER_END_OF_STREAM and …_WITH_ERROR, macros that Swift does not see.
        case .all: return -1
        case .broken: return -2
        }
    }

    /// The whole pages within `room`, where they are many.
    private func giveBack(_ room: UnsafeMutableRawBufferPointer) {
        guard let start = room.baseAddress, room.count > 4 * pageSize else { return }
        let skipped = (pageSize - Int(bitPattern: start) % pageSize) % pageSize
        let whole = (room.count - skipped) / pageSize * pageSize
        _ = unsafe madvise(start + skipped, whole, MADV_DONTNEED)
    }

    private static let free: Free = { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<StreamReader>.fromOpaque(context).release()
    }
}
