// Copies the head of a request out of libmicrohttpd's memory, and proves that nothing was lost on the way.
//
// libmicrohttpd parses in place with C strings: a NUL in a field hides what follows it, a bare LF passes for CRLF, a
// folded line is glued to the one before, extra blanks vanish. But it leaves the pieces where they were received:
//
//     GET·/a?b·HTTP/1.1␍␊Host:␣x␍␊␍␊
//     ^method  ^version  ^key ^value     ^ method + header size
//
// So each piece must begin where the one before it ended plus its separator, and the last must end where the head does.
// Only then is the head what it seems.

import CMicroHTTPD
import Glibc

struct HeadReader {
    private var fields = HTTPFields()
    /// Address at which the next piece must begin.
    private var cursor: UInt
    private var isWhole = true

    /// To be called from the first call of the access handler only, on the daemon's thread.
    static func read(
        _ connection: OpaquePointer,
        target: String,
        method: UnsafePointer<CChar>,
        url: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) -> RequestHead {
        let start = UInt(bitPattern: method)
        let size = unsafe fountain_header_size(connection)
        var reader = HeadReader(cursor: start)
        unsafe reader.take(method, count: strlen(method), separator: 1)
        unsafe reader.take(url, count: target.utf8.count, separator: 1)
        unsafe reader.take(version, count: strlen(version), separator: 2)
        unsafe reader.takeFields(of: connection)
        return unsafe RequestHead(
            method: String(cString: method),
            target: target,
            isHTTP10: strcmp(version, MHD_HTTP_VERSION_1_0) == 0,
            fields: reader.fields,
            remoteAddress: address(of: connection),
            isWhole: reader.isWhole && reader.cursor + 2 == start + UInt(size),
            size: size
        )
    }

    private init(cursor: UInt) {
        self.cursor = cursor
    }

    private mutating func take(_ piece: UnsafePointer<CChar>, count: Int, separator: UInt) {
        let begin = UInt(bitPattern: piece)
        isWhole = isWhole && begin == cursor
        cursor = begin + UInt(count) + separator
    }

    private mutating func takeFields(of connection: OpaquePointer) {
        _ = unsafe withUnsafeMutablePointer(to: &self) { reader in
            unsafe MHD_get_connection_values_n(
                connection,
                .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    guard let reader = unsafe context?.assumingMemoryBound(to: HeadReader.self), let name = unsafe name
                    else { return .NO }
                    unsafe reader.pointee.takeField(name, nameCount, value, valueCount)
                    return .YES
                },
                reader
            )
        }
    }

    private mutating func takeField(
        _ name: UnsafePointer<CChar>,
        _ nameCount: Int,
        _ value: UnsafePointer<CChar>?,
        _ valueCount: Int
    ) {
        unsafe take(name, count: nameCount, separator: 1)
        guard let value = unsafe value else {
            isWhole = false
            return
        }
        // Between colon and value stand blanks only: libmicrohttpd skipped nothing else.
        unsafe take(value, count: valueCount, separator: 2, blanksBefore: true)
        fields.append(
            name: unsafe VeiledName.unveiled(UnsafeRawBufferPointer(start: name, count: nameCount)),
            value: unsafe HeadReader.trimmed(HeadReader.string(value, valueCount))
        )
    }

    private mutating func take(_ piece: UnsafePointer<CChar>, count: Int, separator: UInt, blanksBefore: Bool) {
        let begin = UInt(bitPattern: piece)
        if blanksBefore && begin >= cursor { cursor = begin }
        unsafe take(piece, count: count, separator: separator)
    }

    private static func string(_ bytes: UnsafePointer<CChar>, _ count: Int) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    private static func trimmed(_ value: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard value.utf8.last.map(isBlank) == true else { return value }
        var bytes = value.utf8[...]
        while bytes.last.map(isBlank) == true { bytes.removeLast() }
        return String(Substring(bytes))
    }

    static func address(of connection: OpaquePointer) -> String {
        guard let address = unsafe fountain_client_address(connection) else { return "" }
        return unsafe SocketAddress.text(of: address)
    }
}
