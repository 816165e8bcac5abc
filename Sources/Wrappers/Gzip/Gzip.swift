// Bytes as a gzip member (RFC 1952), by zlib. All at once: whoever calls it bounds how many there are, and where it runs.
//
// It only compresses: nothing that comes from outside is expanded anywhere.
import CZlib

package enum Gzip {
    /// The lowest level: most of what is to be gained, for a fraction of the time.
    private static let level: Int32 = 1

    /// `bytes` compressed; nil where zlib has no memory for it.
    package static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe fountain_gzip_begin(&stream, level) == Z_OK else { return nil }
        defer { _ = unsafe deflateEnd(&stream) }
        guard let count = UInt32(exactly: bytes.count) else { return nil }
        let room = Int(unsafe deflateBound(&stream, UInt(count)))
        guard UInt32(exactly: room) != nil else { return nil }
        var input = bytes
        return unsafe input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = count
            return unsafe finish(&stream, room)
        }
    }

    /// There is room for all of it: one call does.
    private static func finish(_ stream: inout z_stream, _ room: Int) -> [UInt8]? {
        var isWhole = false
        let output = unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(room)
            isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
            count = isWhole ? room - Int(unsafe stream.avail_out) : 0
        }
        return isWhole ? output : nil
    }
}
