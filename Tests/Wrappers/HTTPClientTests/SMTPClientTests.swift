// Mail against aiosmtpd, a server that nobody here wrote.

import Dispatch
import Foundation
import Synchronization
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(2))) struct SMTPClientTests {
    let client = SMTPClient()
    let mail: Mail

    init() throws {
        mail = try Self.mail(to: "someone@example.org")
    }

    static func mail(to recipient: String) throws -> Mail {
        Mail(
            from: try #require(MailAddress("no-reply@fountain.example")),
            to: try #require(MailAddress(recipient)),
            subject: "Your code",
            body: "123456"
        )
    }

    private func server(
        _ port: Int,
        _ security: SMTPServer.Security = .none,
        credentials: Credentials? = nil,
        authority: Certificate? = nil,
        timeout: Duration = .seconds(20)
    ) -> SMTPServer {
        SMTPServer(
            host: "127.0.0.1",
            port: port,
            security: security,
            credentials: credentials,
            authorityFile: authority?.certificate,
            timeout: timeout
        )
    }

    @Test func `a mail goes out under TLS and with a password, and arrives as it was written`() async throws {
        let certificate = try Certificate()
        let sink = try await MailSink("--tls", certificate.certificate, certificate.key, "--auth", "user", "pä:ss")
        var mail = mail
        mail.subject = "Ihr Prüfcode für das Brunnen-Ökosystem – bitte nicht weitergeben, auch nicht an uns 🔐"
        mail.body = "Grüße\n.\n..zwei Punkte\nEnde"
        try await client.send(
            mail,
            via: server(
                sink.port,
                .required,
                credentials: Credentials(user: "user", password: "pä:ss"),
                authority: certificate
            ),
            messageID: try #require(UUID(uuidString: "00000000-0000-0000-0000-000000000001")),
            date: Date(timeIntervalSince1970: 1_700_000_000)
        )
        let arrived = try await sink.message()
        #expect(arrived.from == "no-reply@fountain.example")
        #expect(arrived.to == ["someone@example.org"])
        #expect(arrived.subject == mail.subject)
        #expect(arrived.text == mail.body + "\n")
        #expect(arrived.tls)
        #expect(arrived.user == "user")
        #expect(arrived.helo == "fountain.example")
        #expect(arrived.headers["message-id"] == "<00000000-0000-0000-0000-000000000001@fountain.example>")
        #expect(arrived.headers["date"] == "Tue, 14 Nov 2023 22:13:20 +0000")
    }

    @Test(
        arguments: [
            ("", ""), ("plain", "one\ntwo"),
            (String(repeating: "long ", count: 60), String(repeating: "x", count: 5000)),
            ("=?utf-8?B?c3B5?=", "\r\nleading and trailing\r\n"),
            (String(repeating: "🔐é", count: 60), "\u{1}\u{2028}ü"),
        ]
    )
    func `subjects and bodies of any kind arrive as they were written`(subject: String, body: String) async throws {
        let sink = try await MailSink()
        var mail = mail
        mail.subject = subject.trimmingCharacters(in: .whitespaces)
        mail.body = body
        try await client.send(mail, via: server(sink.port))
        let arrived = try await sink.message()
        #expect(arrived.subject == mail.subject)
        let sent = body.replacing("\r\n", with: "\n").replacing("\u{2028}", with: "\n")
        #expect(arrived.text == (sent.isEmpty || sent.hasSuffix("\n") ? sent : sent + "\n"))
        #expect(
            arrived.names.map { $0.lowercased() }.sorted() == [
                "content-transfer-encoding", "content-type", "date", "from", "message-id", "mime-version", "subject",
                "to",
            ]
        )
    }

    @Test func `a wrong password is told as such`() async throws {
        let certificate = try Certificate()
        let sink = try await MailSink("--tls", certificate.certificate, certificate.key, "--auth", "user", "right")
        await #expect(throws: SMTPError.authenticationRefused(reply: 535)) {
            try await client.send(
                mail,
                via: server(
                    sink.port,
                    .required,
                    credentials: Credentials(user: "user", password: "wrong"),
                    authority: certificate
                )
            )
        }
    }

    @Test func `a server that wants a password and gets none says so`() async throws {
        let sink = try await MailSink("--auth", "user", "right")
        await #expect(throws: SMTPError.authenticationRefused(reply: 530)) {
            try await client.send(mail, via: server(sink.port))
        }
    }

    @Test(arguments: [("unknown@example.org", 550), ("busy@example.org", 451)])
    func `a refused recipient is told with the reply`(recipient: String, reply: Int) async throws {
        let sink = try await MailSink()
        await #expect(throws: SMTPError.recipientRefused(reply: reply)) {
            try await client.send(Self.mail(to: recipient), via: server(sink.port))
        }
    }

    @Test(arguments: [("SENDER", SMTPError.senderRefused(reply: 550)), ("DATA", .messageRefused(reply: 554))])
    func `a refused sender and a refused message are told apart`(what: String, error: SMTPError) async throws {
        let sink = try await MailSink("--refuse", what)
        await #expect(throws: error) { try await client.send(mail, via: server(sink.port)) }
    }

    @Test func `required TLS that is not offered sends nothing`() async throws {
        let sink = try await MailSink()
        await #expect(throws: SMTPError.tlsNotOffered) {
            try await client.send(mail, via: server(sink.port, .required))
        }
    }

    @Test func `optional TLS goes on in plain text, but never with a password`() async throws {
        let sink = try await MailSink()
        try await client.send(mail, via: server(sink.port, .ifOffered))
        #expect(try await !sink.message().tls)
        let credentials = Credentials(user: "user", password: "secret")
        await #expect(throws: SMTPError.tlsNotOffered) {
            try await client.send(mail, via: server(sink.port, .ifOffered, credentials: credentials))
        }
        await #expect(throws: SMTPError.passwordNeedsTLS) {
            try await client.send(mail, via: server(sink.port, .none, credentials: credentials))
        }
    }

    @Test func `optional TLS is used where it is offered`() async throws {
        let certificate = try Certificate()
        let sink = try await MailSink("--tls", certificate.certificate, certificate.key)
        try await client.send(mail, via: server(sink.port, .ifOffered, authority: certificate))
        #expect(try await sink.message().tls)
    }

    @Test(arguments: [SMTPServer.Security.required, .ifOffered])
    func `an untrusted certificate is refused`(security: SMTPServer.Security) async throws {
        let certificate = try Certificate()
        let sink = try await MailSink("--tls", certificate.certificate, certificate.key)
        await #expect(throws: SMTPError.tls) { try await client.send(mail, via: server(sink.port, security)) }
    }

    @Test func `nobody listening is unreachable`() async throws {
        let port = Int(try LoopbackServer.deadPort())
        await #expect(throws: SMTPError.unreachable) { try await client.send(mail, via: server(port)) }
    }

    @Test func `a server that never greets times out`() async throws {
        let sink = try await MailSink("--hang", "GREETING")
        await #expect(throws: SMTPError.timedOut) {
            try await client.send(mail, via: server(sink.port, timeout: .milliseconds(200)))
        }
    }

    @Test func `no answer after the whole message leaves the outcome unknown`() async throws {
        let sink = try await MailSink("--hang", "DATA")
        await #expect(throws: SMTPError.outcomeUnknown) {
            try await client.send(mail, via: server(sink.port, timeout: .seconds(10)))
        }
        try await sink.waitUntilHanging()
    }

    /// Also where the server has been silent for longer than is waited for its answer once nobody wants it any more.
    @Test(arguments: [Duration.zero, .milliseconds(1500)])
    func `a mail cancelled before it was handed over is not sent`(after time: Duration) async throws {
        let sink = try await MailSink("--hang", "GREETING")
        let server = server(sink.port, timeout: .seconds(120))
        let task = Task { try await client.send(mail, via: server) }
        try await sink.waitUntilHanging()
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            await Task.yield()
        }
        task.cancel()
        await #expect(throws: SMTPError.cancelled) { try await task.value }
    }

    @Test func `a mail cancelled in the middle of its text is never completed`() async throws {
        let takesData = Event()
        let cancelled = DispatchSemaphore(value: 0)
        let received = Mutex((began: false, completed: false))
        let closed = Event()
        let server = try LoopbackServer { connection in
            connection.send("220 hello\r\n")
            while let line = connection.readLine(), !line.hasPrefix("DATA") { connection.send("250 OK\r\n") }
            connection.send("354 go on\r\n")
            // The text has begun to arrive; now reads nothing until the mail is cancelled, so that it is stuck half-way.
            let first = connection.readLine()
            takesData.happen()
            cancelled.wait()
            let completed = connection.readToClose().contains("\r\n.\r\n")
            received.withLock { $0 = (first?.hasPrefix("From:") == true, completed) }
            closed.happen()
        }
        var mail = mail
        mail.body = String(repeating: "A long letter.\n", count: 400_000)
        let long = mail
        let address = self.server(Int(server.port))
        let task = Task { try await client.send(long, via: address) }
        await takesData.wait()
        task.cancel()
        await #expect(throws: SMTPError.cancelled) { try await task.value }
        cancelled.signal()
        await closed.wait()
        #expect(received.withLock(\.self) == (began: true, completed: false))
    }

    @Test func `more mails at once than set are refused`() async throws {
        let client = SMTPClient(maximumInFlight: 1)
        let sink = try await MailSink("--hang", "GREETING")
        let server = server(sink.port, timeout: .seconds(120))
        let task = Task { try await client.send(mail, via: server) }
        try await sink.waitUntilHanging()
        await #expect(throws: SMTPError.overloaded) { try await client.send(mail, via: server) }
        task.cancel()
        _ = await task.result
        await #expect(throws: SMTPError.unreachable) {
            try await client.send(mail, via: self.server(Int(try LoopbackServer.deadPort())))
        }
    }

    @Test(arguments: ["", "a b", "host/path", "host:25@other", "host\r\nEHLO x", "user@host"])
    func `a host that would change the URL is refused`(host: String) async {
        await #expect(throws: SMTPError.malformedServer) {
            try await client.send(mail, via: SMTPServer(host: host, security: .none))
        }
    }
}
