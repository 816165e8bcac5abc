// When a checkup calls the rest of a certificate's time too short, and in which words: of ninety days, of twelve hours, and of none at all.

import HTTPClient
import Testing

@testable import Ecosystem

@Suite struct CertificateTimeTests {
    private static let (hour, day) = (3_600, 86_400)

    private func finding(life: Int, left: Int, days: Double? = nil) -> Finding {
        let certificate = ServerCertificate(begins: left - life, ends: left)
        return CertificateTime(certificate, now: 0).finding(of: "https://a.example", days: days)
    }

    @Test(
        arguments: [
            (90 * day, 14 * day, true), (90 * day, 14 * day - 1, false), (365 * day, 15 * day, true),
            (12 * hour, 3 * hour, true),
            (12 * hour, 3 * hour - 1, false), (90 * day, 0, false), (90 * day, -5, false), (1, 0, false),
        ]
    )
    func `a quarter of its life has to be left, and two weeks are enough`(life: Int, left: Int, isGood: Bool) {
        #expect(finding(life: life, left: left).isGood == isGood)
    }

    @Test(
        arguments: [(2.0, true), (2.1, false), (0, true), (-1, true), (.nan, false), (.infinity, false)]
            as [(Double, Bool)]
    )
    func `who says how many days wants just those`(days: Double, isGood: Bool) {
        #expect(finding(life: 90 * Self.day, left: 2 * Self.day, days: days).isGood == isGood)
    }

    @Test func `a finding says how much is left, and how much is wanted`() {
        #expect(finding(life: 90 * Self.day, left: 2 * Self.day + 5).remark == "2 days left, and 14 days are wanted")
        #expect(finding(life: 12 * Self.hour, left: 7_205).remark == "2 h left, and 3 h are wanted")
        #expect(finding(life: 90 * Self.day, left: 60 * Self.day).remark == "60 days left")
        #expect(finding(life: 90 * Self.day, left: -1).remark == "over, and 14 days are wanted")
    }

    @Test func `none is not good`() {
        #expect(!CertificateTime(nil, now: 0).finding(of: "http://a.example", days: nil).isGood)
    }
}
