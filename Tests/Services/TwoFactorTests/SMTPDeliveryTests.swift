// Codes by mail, against aiosmtpd, a server that nobody here wrote. TLS and AUTH are tested where they are done, with `SMTPClient`.

import HTTPClient
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(2))) struct SMTPDeliveryTests {
    static func delivery(_ port: Int, _ security: SMTPServer.Security = .none) throws -> SMTPDelivery {
        SMTPDelivery(
            via: SMTPServer(host: "127.0.0.1", port: port, security: security, timeout: .seconds(20)),
            from: try #require(MailAddress("no-reply@fountain.example"))
        )
    }

    static func message(to address: String) -> CodeMessage {
        CodeMessage(
            user: AccountName("ada"),
            code: "012345",
            contact: .email(address),
            issuer: "FountainAI",
            lifetimeMinutes: 10
        )
    }

    @Test func `a code arrives in the text and not in the subject`() async throws {
        let server = try await MailServer()
        try await Self.delivery(server.port).deliver(Self.message(to: "ada@example.org"))
        let arrived = try await server.message()
        #expect(arrived.to == ["ada@example.org"])
        #expect(arrived.from == "no-reply@fountain.example")
        #expect(arrived.body.hasPrefix("012345 is your code for FountainAI. It is good for 10 minutes"))
        #expect(!arrived.subject.contains("012345"))
    }

    @Test(arguments: ["unknown@example.org", "busy@example.org"])
    func `what the server refuses is refused`(address: String) async throws {
        let server = try await MailServer()
        await #expect(throws: DeliveryError.refused) {
            try await Self.delivery(server.port).deliver(Self.message(to: address))
        }
    }

    @Test func `a server that offers no TLS gets no code where TLS is asked for`() async throws {
        let server = try await MailServer()
        await #expect(throws: DeliveryError.unreachable) {
            try await Self.delivery(server.port, .required).deliver(Self.message(to: "ada@example.org"))
        }
    }

    @Test func `a server that is not there is unreachable`() async throws {
        await #expect(throws: DeliveryError.unreachable) {
            try await Self.delivery(1).deliver(Self.message(to: "ada@example.org"))
        }
    }

    @Test(arguments: ["a\"b@example.org", "a@-example.org", "a@example.org\r\nBcc: eve@example.org"])
    func `an address that no mail can go to is refused before anything is sent`(address: String) async throws {
        await #expect(throws: DeliveryError.refused) {
            try await Self.delivery(1).deliver(Self.message(to: address))
        }
    }

    @Test func `mail goes to addresses only, SMS to numbers only, and both together to both`() throws {
        let mail = try Self.delivery(1)
        let sms = TwilioDelivery(
            baseURL: "http://127.0.0.1:1",
            credentials: Credentials(user: "AC1", password: "secret"),
            from: "+15005550006"
        )
        let contacts: [Contact?] = [.email("a@b.org"), .phone("+4930123456"), nil]
        #expect(contacts.map(mail.channel(to:)) == [.email, nil, nil])
        #expect(contacts.map(sms.channel(to:)) == [nil, .sms, nil])
        #expect(contacts.map(RoutedDelivery([mail, sms]).channel(to:)) == [.email, .sms, nil])
    }
}
