// The cost of a scrypt hash (RFC 7914): N = 2^logN blocks of 128·r bytes, p times.
//
// `init` refuses what would let a forged or broken hash string exhaust the machine: more than 256 MiB or four times the
// work of the recommended parameters.

package struct ScryptParameters: Sendable, Equatable {
    package let logN: Int
    package let r: Int
    package let p: Int

    /// OWASP Password Storage Cheat Sheet: N=2^17, r=8, p=1 (128 MiB, about 0.4 s here).
    package static let recommended = ScryptParameters(unchecked: 17, r: 8, p: 1)

    /// Cheap, for test topologies only: N=2^4.
    package static let test = ScryptParameters(unchecked: 4, r: 8, p: 1)

    /// Nil outside the bounds: logN 1–20, r 1–32, p 1–16, memory ≤ 256 MiB, work ≤ 4 × recommended.
    package init?(logN: Int, r: Int, p: Int) {
        guard (1...20).contains(logN), (1...32).contains(r), (1...16).contains(p) else { return nil }
        guard 128 * r << logN <= 256 << 20, r * p << logN <= 4 * 8 << 17 else { return nil }
        self.init(unchecked: logN, r: r, p: p)
    }

    private init(unchecked logN: Int, r: Int, p: Int) {
        self.logN = logN
        self.r = r
        self.p = p
    }

    /// Bytes that OpenSSL allocates for one hash: V, B and its two scratch blocks.
    var memoryByteCount: Int {
        128 * r * (1 << logN + p + 2)
    }
}
