// The bytes of a mail: RFC 5322 header, MIME body.
//
//     From, To, Subject, Date, Message-ID, MIME-Version, Content-Type, Content-Transfer-Encoding
//     <empty line>
//     text, as it is where it is ASCII in short lines, else in base64
//
// Nothing from outside reaches a header unchecked: addresses are `MailAddress`es, and a subject that is not short plain
// ASCII becomes RFC 2047 encoded words, which cannot hold a line end. Dots at line starts are libcurl's to double.
import Foundation

struct MailMessage {
    /// RFC 5322 §2.1.1, less the line end.
    private static let longestLine = 998
    private static let longestPlainSubject = 66
    /// An encoded word has at most 75 characters (RFC 2047 §2): 63 between `=?utf-8?B?` and `?=`, so 45 bytes in base64.
    private static let encodedWordByteCount = 45

    let mail: Mail
    let date: Date
    let messageID: String

    /// The whole message, or nil where the subject has control characters.
    var bytes: [UInt8]? {
        guard !mail.subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return nil
        }
        let (encoding, body) = encodedBody
        let header = [
            "From: <\(mail.from.text)>",
            "To: <\(mail.to.text)>",
            "Subject: \(Self.encoded(subject: mail.subject))",
            "Date: \(Self.text(of: date))",
            "Message-ID: <\(messageID)@\(mail.from.domain)>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: \(encoding)",
        ]
        return Array((header.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private var encodedBody: (encoding: String, text: String) {
        let lines = mail.body.split(omittingEmptySubsequences: false) { $0.isNewline }  // characters because of CR LF
        let text = lines.joined(separator: "\r\n") + (lines.last?.isEmpty == true ? "" : "\r\n")
        let isPlain = lines.allSatisfy { line in
            line.utf8.count <= Self.longestLine && line.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        }
        if isPlain { return ("7bit", text) }
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return ("base64", Data(text.utf8).base64EncodedString(options: options) + "\r\n")
    }

    static func encoded(subject: String) -> String {
        let isPlain = subject.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !subject.contains("=?")
        if isPlain && subject.utf8.count <= longestPlainSubject { return subject }
        var words: [[UInt8]] = [[]]
        for scalar in subject.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > encodedWordByteCount { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// RFC 5322 §3.3 in UTC, in English whatever the locale.
    static func text(of date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        guard let year = parts.year, let month = parts.month, let day = parts.day, let weekday = parts.weekday,
            let hour = parts.hour, let minute = parts.minute, let second = parts.second
        else { preconditionFailure("a date without its parts") }
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = [hour, minute, second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(weekdays[weekday - 1]), \(day) \(months[month - 1]) \(year) \(time) +0000"
    }
}
