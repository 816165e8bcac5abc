// What of an operation's input and output is a header field at the edge (RFC 9110 §8.8, §13). Declared with the operation, carried out by
// the gateway, for all alike:
//
//     output {"revision": 17, "sequenceNumber": 3, …}  ──etag: revision, sequenceNumber──>  ETag: "17-3"
//     input  {"ifRevision": [17], …}                   <──ifMatch: ifRevision──             If-Match: "17-3"
//     output {"position": "77:17", …}                  ──offset: position──>                Fountain-Offset: 77:17
//     input  {"fountain_offset": "77:17", …}           <──reached: fountain_offset──        Fountain-Offset: 77:17
//     output {"next": "a.7", …}                        ──next: next──>                      Link: <?limit=9&after=a.7>; rel="next"
//
// Members are at the top of the object: whole numbers, but for `next` and positions of a log. Where the answer lacks one, it has no such field.

/// The members of an operation's input and output that are header fields at the edge; the gateway moves them.
public struct HeaderMembers: Codable, Sendable, Hashable {
    /// Members of the output that make the tag: the revision, and behind it whatever else changes the answer without it.
    public let etag: [String]?
    /// The member of the input that takes the revisions of `If-Match`: a list of numbers, one of which has to be the present one. An empty
    /// list is met by none.
    public let ifMatch: String?
    /// The member of the output that is a position in the service's event log: epoch and offset, or an offset alone.
    public let offset: String?
    /// The member of the input that takes the request's `Fountain-Offset`: the position that has to be reached before it is answered.
    public let reached: String?
    /// The member of the output, text or a whole number, that asks for the next page when it is sent as `after`, without `from`.
    public let next: String?

    /// Each is a member's name as it is on the wire; what is `nil` has no header field.
    public init(
        etag: [String]? = nil,
        ifMatch: String? = nil,
        offset: String? = nil,
        reached: String? = nil,
        next: String? = nil
    ) {
        self.next = next
        self.reached = reached
        self.etag = etag
        self.ifMatch = ifMatch
        self.offset = offset
    }
}
