// A moment as ISO 8601 in UTC with milliseconds, `2026-11-26T14:43:52.123Z`, without a calendar: some twenty divisions.

internal import Foundation

struct Timestamp {
    /// Since 1970; what a clock says before that, or after the year 9999, is written as the nearest that can be.
    let milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = min(max(milliseconds, 0), 253_402_300_799_999) }

    static var now: Timestamp {
        Timestamp(milliseconds: Int(exactly: (Date().timeIntervalSince1970 * 1000).rounded(.down)) ?? 0)
    }

    func write(to bytes: inout [UInt8]) {
        let (day, ofDay) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, date) = Self.civil(day)
        let (seconds, thousandths) = ofDay.quotientAndRemainder(dividingBy: 1000)
        Self.write(year, digits: 4, then: "-", &bytes)
        Self.write(month, digits: 2, then: "-", &bytes)
        Self.write(date, digits: 2, then: "T", &bytes)
        Self.write(seconds / 3600, digits: 2, then: ":", &bytes)
        Self.write(seconds / 60 % 60, digits: 2, then: ":", &bytes)
        Self.write(seconds % 60, digits: 2, then: ".", &bytes)
        Self.write(thousandths, digits: 3, then: "Z", &bytes)
    }

    private static func write(_ number: Int, digits: Int, then mark: Unicode.Scalar, _ bytes: inout [UInt8]) {
        var place = 1
        for _ in 1..<digits { place *= 10 }
        while place > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / place % 10))
            place /= 10
        }
        bytes.append(UInt8(ascii: mark))
    }

    /// The date of a day since 1970. Years begin with March here, so that the day that some have more is their last; 400 of them, an era,
    /// always have 146,097 days.
    private static func civil(_ day: Int) -> (year: Int, month: Int, date: Int) {
        let sinceMarch = day + 719_468
        let (era, ofEra) = sinceMarch.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, ofYear - (153 * fromMarch + 2) / 5 + 1)
    }
}
