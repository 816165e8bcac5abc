// How much there may be of anything in a request's head. What is more is refused as soon as it is seen, before libmicrohttpd has to find
// room for it: it keeps a record of 64 bytes for each field and parameter, and falls silent where its pool is full. Cookies it does not see
// (`VeiledName`): it would keep a record and a copy of each.

package struct RequestLimits: Sendable, Equatable {
    /// Bytes of request line and fields together: 431.
    package var head = 16 << 10
    /// Bytes of the target: 414.
    package var target = 8 << 10
    /// Parameters of the query: 400.
    package var parameters = 64
    /// Fields: 431.
    package var fields = 96
    /// Pairs in all `Cookie` fields: 431.
    package var cookies = 32
    /// Bytes of a trailer, and fields in it: 431.
    package static let trailer = (bytes: 4 << 10, fields: 32)

    package init() {}

    /// Bytes that libmicrohttpd needs for one connection: a head, what it keeps of it, a trailer, and the head of the answer. It has them
    /// for as long as the connection lasts, and clears them all after each request, so they are not more than that.
    var poolSize: Int {
        let record = 64
        let kept = (parameters + fields) * record
        let trailer = Self.trailer.bytes + Self.trailer.fields * record
        let answer = 8 << 10
        // It reads into the first half, and moves nothing to make room.
        return max(2 * head, 2 * (kept + trailer), head + kept + trailer + answer)
    }
}
