// Whether somebody has to see to a certificate: too little of its time is left. Pure.
//
// Who renews by himself does so when a third is left (Caddy's own, of twelve hours, after eight; Let's Encrypt's, of ninety days, after sixty). Where
// only a quarter is left that has failed for a while; of long-lived ones two weeks are time enough to act.

package import HTTPClient

package struct CertificateTime {
    private static let day = 86_400.0
    private static let mostDays = 14.0

    private let certificate: ServerCertificate?
    private let now: Int

    /// `now` in Unix seconds.
    package init(_ certificate: ServerCertificate?, now: Int) { (self.certificate, self.now) = (certificate, now) }

    /// Good where `days` are left; nil is a quarter of the certificate's life, and fourteen at most.
    package func finding(of origin: String, days: Double?) -> Finding {
        let claim = "\(origin): its certificate goes on"
        guard let certificate else {
            return .bad(claim, "it does not say until when, or there is none: https:// has one")
        }
        let left = certificate.ends - now
        let least = days.map { $0 * Self.day } ?? Self.least(of: certificate)
        let seen = left > 0 ? "\(Self.told(left)) left" : "over"
        return Double(left) >= least
            ? .good(claim, seen) : .bad(claim, "\(seen), and \(Self.told(Int(clamping: least))) are wanted")
    }

    private static func least(of certificate: ServerCertificate) -> Double {
        min(mostDays * day, Double(certificate.ends - certificate.begins) / 4)
    }

    private static func told(_ seconds: Int) -> String {
        let hours = seconds / 3_600
        return hours < 48 ? "\(hours) h" : "\(hours / 24) days"
    }
}

extension Int {
    fileprivate init(clamping seconds: Double) {
        self = seconds.isNaN ? 0 : Int(Swift.min(Swift.max(seconds, 0), 1e15))
    }
}
