// What libzmq asks about a connection before it lets it in, and how it is answered (RFC 27):
//
//   request   "1.0" · request id · domain · address · routing id · mechanism · credentials …
//   answer    "1.0" · request id · status · text · user id · metadata
//
// Pure: frames in, frames out. What cannot be read is answered with a refusal where there is an id to answer to.

struct ZAPRequest: Equatable {
    /// The domain of every secured socket of ours.
    static let domain = "fountain"

    let id: [UInt8]
    /// The Curve25519 public key that the other side has proved to hold.
    let publicKey: [UInt8]

    /// `nil` for anything but CURVE in our domain with one key of 32 bytes.
    init?(_ frames: [[UInt8]]) {
        guard frames.count == 7, frames[0] == Array("1.0".utf8), frames[2] == Array(Self.domain.utf8),
            frames[5] == Array("CURVE".utf8), frames[6].count == Curve.keyBytes
        else { return nil }
        id = frames[1]
        publicKey = frames[6]
    }

    /// The answer to a request: 200 and the user where there is one, 400 otherwise.
    ///
    /// - Parameters:
    ///   - frames: The request, without the envelope that a ROUTER sees.
    ///   - user: Says whom a public key stands for; `nil` refuses it.
    /// - Returns: The frames of the answer; nil where there is no id to answer to.
    static func answer(_ frames: [[UInt8]], user: ([UInt8]) -> String?) -> [[UInt8]]? {
        guard frames.count > 1 else { return nil }
        let name = ZAPRequest(frames).flatMap { user($0.publicKey) }
        let words = ["1.0", nil, name == nil ? "400" : "200", name == nil ? "Not known here" : "OK", name ?? "", ""]
        return words.map { $0.map { Array($0.utf8) } ?? frames[1] }
    }
}
