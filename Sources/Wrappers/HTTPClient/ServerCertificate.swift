// From when to when a server's certificate is good, read from what libcurl says of it. Pure.
//
//     Start date:Nov 27 09:30:00 2026 GMT        as OpenSSL writes it
//     Expire date:2026-11-29 09:30:00 GMT        as GnuTLS does

package struct ServerCertificate: Sendable, Equatable {
    /// Unix seconds.
    package let begins: Int
    /// Unix seconds.
    package let ends: Int

    package init(begins: Int, ends: Int) { (self.begins, self.ends) = (begins, ends) }

    /// Nil where the lines do not say it.
    init?(_ lines: [String]) {
        guard let begins = Self.time("Start date:", lines), let ends = Self.time("Expire date:", lines) else {
            return nil
        }
        self.init(begins: begins, ends: ends)
    }

    private static func time(_ name: String, _ lines: [String]) -> Int? {
        lines.lazy.filter { $0.utf8.starts(with: name.utf8) }.compactMap { seconds($0.utf8.dropFirst(name.utf8.count)) }
            .first
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Unix seconds of a time in GMT, in either spelling.
    static func seconds(_ text: Substring.UTF8View) -> Int? {
        let words = text.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        guard words.last == "GMT" else { return nil }
        if words.count == 3 {
            let date = numbers(words[0], parted: UInt8(ascii: "-"))
            return date.count == 3 ? seconds(date[0], date[1], date[2], words[1]) : nil
        }
        guard words.count == 5, let month = months.firstIndex(of: words[0]), let day = Int(words[1]),
            let year = Int(words[3])
        else { return nil }
        return seconds(year, month + 1, day, words[2])
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ clock: String) -> Int? {
        let time = numbers(clock, parted: UInt8(ascii: ":"))
        guard time.count == 3, (1950...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        return days(year, month, day) * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }

    /// Since 1 January 1970, with years that begin in March: so the leap day is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
    }

    private static func numbers(_ text: String, parted by: UInt8) -> [Int] {
        text.utf8.split(separator: by, omittingEmptySubsequences: false).compactMap { Int(Substring($0)) }
    }
}
