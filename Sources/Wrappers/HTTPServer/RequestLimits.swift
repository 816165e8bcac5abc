// How much there may be of anything in a request's head. What is more is refused as soon as it is seen, before libmicrohttpd has to find
// room for it: it keeps a record of 64 bytes for each field, cookie and parameter, and falls silent where its pool is full.

package struct RequestLimits: Sendable, Equatable {
    /// Bytes of request line and fields together: 431.
    package var head = 32 << 10
    /// Bytes of the target: 414.
    package var target = 16 << 10
    /// Parameters of the query: 400.
    package var parameters = 256
    /// Fields, those of a trailer too: 431.
    package var fields = 512
    /// Pairs in all `Cookie` fields: 431.
    package var cookies = 256

    package init() {}

    /// Bytes that libmicrohttpd needs for one connection: a head, what it keeps of it, and the head of the answer.
    var poolSize: Int {
        let record = 64
        let records = (parameters + fields + cookies) * record
        // Half of the pool is for reading, the other half for records, a copy of the cookies, and the answer.
        return 2 * (head + records + (16 << 10))
    }
}
