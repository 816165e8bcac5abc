// A certificate's times in either spelling, in Unix seconds; anything else is no time. Real ones are read in `HTTPClientTLSTests`.

import Testing

@testable import HTTPClient

@Suite struct ServerCertificateTests {
    private func seconds(_ text: String) -> Int? { ServerCertificate.seconds(text.utf8[...]) }

    @Test(
        arguments: [
            ("Nov 27 09:30:05 2026 GMT", 1_795_771_805), ("Nov  7 09:30:05 2026 GMT", 1_794_043_805),
            ("2026-11-27 09:30:05 GMT", 1_795_771_805), ("Jan  1 00:00:00 1970 GMT", 0),
            ("Feb 29 12:00:00 2028 GMT", 1_835_438_400), ("Mar  1 00:00:00 2100 GMT", 4_107_542_400),
            ("Dec 31 23:59:59 9999 GMT", 253_402_300_799), ("Dec 31 23:59:59 1969 GMT", -1),
        ]
    )
    func `both spellings of a time are read`(text: String, expected: Int) { #expect(seconds(text) == expected) }

    @Test(
        arguments: [
            "", "GMT", "Nov 27 09:30:05 2026", "Nov 27 09:30:05 2026 CET", "Now 27 09:30:05 2026 GMT",
            "Nov 32 09:30:05 2026 GMT",
            "Nov 27 24:30:05 2026 GMT", "Nov 27 09:30 2026 GMT", "Nov 27 09:30:05.5 2026 GMT",
            "2026-13-27 09:30:05 GMT",
            "2026-11 09:30:05 GMT", "Nov 27 09:30:05 99999999999999999999 GMT",
            "Nov 27 09:30:05 9223372036854775807 GMT",
        ]
    )
    func `anything else is no time`(text: String) { #expect(seconds(text) == nil) }

    @Test func `without its end a certificate says nothing`() {
        let (begins, ends) = ("Start date:Nov 27 09:30:05 2026 GMT", "Expire date:Nov 29 09:30:05 2026 GMT")
        #expect(ServerCertificate(["Subject:CN = x", begins, ends])?.ends == 1_795_944_605)
        #expect(ServerCertificate([begins]) == nil)
        #expect(ServerCertificate([begins, "Expire date:soon"]) == nil)
        #expect(ServerCertificate([]) == nil)
    }
}
