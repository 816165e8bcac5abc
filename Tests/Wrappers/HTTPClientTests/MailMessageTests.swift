// Addresses and messages by the byte, without a server: what could break a command is refused, and lines stay short and ASCII.

import Foundation
import Testing

@testable import HTTPClient

@Suite struct MailMessageTests {
    @Test(arguments: ["a@b", "first.last@example.org", "o'neil+tag@sub-domain.example", "x@127.0.0.1"])
    func `an ordinary address is one`(text: String) {
        #expect(MailAddress(text)?.text == text)
    }

    @Test(
        arguments: [
            "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\r\nRCPT TO:<x@y>", "a@b>", "<a@b>", "a\0@b", ".a@b",
            "a.@b", "a..b@c", "a@b..c", "a@.b", "a@-b.c", "a@b-.c", "\"a b\"@c", "é@b", "a@bücher.test", "a,b@c",
            "a@b;c",
            "(x)a@b", "Name <a@b>", "a@b\n", " a@b", String(repeating: "a", count: 65) + "@b",
        ]
    )
    func `an address that could break a command is refused`(text: String) {
        #expect(MailAddress(text) == nil)
    }

    private func message(subject: String = "s", body: String = "b") throws -> MailMessage {
        let address = try #require(MailAddress("a@b.example"))
        return MailMessage(
            mail: Mail(from: address, to: address, subject: subject, body: body),
            date: Date(timeIntervalSince1970: 0),
            messageID: "id"
        )
    }

    @Test(arguments: ["a\r\nBcc: x@y", "a\nb", "a\rb", "a\0", "a\u{85}b", "tab\tbed"])
    func `a subject with control characters makes no message`(subject: String) throws {
        #expect(try message(subject: subject).bytes == nil)
    }

    @Test func `a short plain message is written out as it is`() throws {
        let text = String(decoding: try #require(try message(body: "one\ntwo").bytes), as: UTF8.self)
        #expect(
            text == """
                From: <a@b.example>\r
                To: <a@b.example>\r
                Subject: s\r
                Date: Thu, 1 Jan 1970 00:00:00 +0000\r
                Message-ID: <id@b.example>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                one\r
                two\r

                """
        )
    }

    @Test(arguments: [1, 44, 45, 46, 300])
    func `encoded words stay within 75 characters and never split a character`(length: Int) throws {
        for letter in ["é", "🔐", "a=?"] {
            let encoded = MailMessage.encoded(subject: String(repeating: letter, count: length))
            for word in encoded.components(separatedBy: "\r\n ") {
                #expect(word.utf8.count <= 75)
                let data = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
                #expect(String(validating: data, as: UTF8.self) != nil)
            }
        }
    }

    @Test(arguments: ["é", String(repeating: "x", count: 2000), "\u{1}", "a\u{2028}b"])
    func `no line of a message is longer than 998 bytes, and every byte is ASCII`(body: String) throws {
        let bytes = try #require(try message(subject: String(repeating: "ü", count: 500), body: body).bytes)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        for line in String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n") {
            #expect(line.utf8.count <= 998)
            #expect(!line.contains("\n") && !line.contains("\r"))
        }
    }

    @Test(arguments: ["sent\r\n.\r\n", "", "250 OK\r\n"])
    func `a reply counts as acceptance only after the message was handed over`(line: String) {
        let dialogue = SMTPDialogue(message: [1, 2, 3])
        dialogue.received(line: Array("250 OK\r\n".utf8))
        #expect(!dialogue.isAccepted)
        #expect(dialogue.upload(atMost: 2) == [1, 2])
        #expect(!dialogue.isHandedOver)
        #expect(dialogue.upload(atMost: 2) == [3])
        #expect(dialogue.upload(atMost: 2).isEmpty)
        dialogue.received(line: Array(line.utf8))
        #expect(dialogue.isHandedOver)
        #expect(dialogue.isAccepted == line.hasPrefix("250 "))
    }
}
