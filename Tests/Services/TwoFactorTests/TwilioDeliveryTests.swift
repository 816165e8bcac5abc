// Codes by SMS, against a stand-in for Twilio's API: real HTTP, answers and failures on demand.

import HTTPClient
import HTTPServer
import Logging
import Synchronization
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct TwilioDeliveryTests {
    /// Remembers what it was asked and answers as it was told; nil never answers.
    final class StandIn: Sendable {
        private final class Log: Sendable { let requests = Mutex<[HTTPRequest]>([]) }

        private let server: HTTPServer
        private let log = Log()

        var requests: [HTTPRequest] { log.requests.withLock(\.self) }
        var url: String { "http://127.0.0.1:\(server.port)" }

        init(answering status: Int?) throws {
            let log = log
            // Never finished, so waiting for its end lasts until the handler is cancelled.
            let silence = AsyncStream<Never>.makeStream()
            server = try HTTPServer(configuration: .init(), logger: Logger(label: "test")) { request in
                log.requests.withLock { $0.append(request) }
                guard let status else {
                    for await _ in silence.stream {}
                    return .noContent
                }
                return HTTPResponse(status: status, contentType: "application/json", body: Array("{}".utf8))
            }
        }
    }

    let message = CodeMessage(
        user: AccountName("ada"),
        code: "012345",
        contact: .phone("+4930123456"),
        issuer: "Fountain & Sons",
        lifetimeMinutes: 10
    )

    func delivery(_ url: String, timeout: Duration = .seconds(10)) -> TwilioDelivery {
        TwilioDelivery(
            baseURL: url,
            credentials: Credentials(user: "AC1", password: "secret"),
            from: "+15005550006",
            timeout: timeout
        )
    }

    @Test func `a message is asked for as Twilio's API wants it`() async throws {
        let twilio = try StandIn(answering: 201)
        try await delivery(twilio.url).deliver(message)
        let request = try #require(twilio.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/2010-04-01/Accounts/AC1/Messages.json")
        #expect(request.headers["Authorization"] == "Basic QUMxOnNlY3JldA==")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        let form = String(decoding: request.body, as: UTF8.self)
        #expect(
            form.hasPrefix(
                "To=%2B4930123456&From=%2B15005550006&Body=012345%20is%20your%20code%20for%20Fountain%20%26%20Sons."
            )
        )
    }

    @Test(arguments: [
        (400, DeliveryError.refused), (401, .refused), (429, .refused), (500, .unreachable), (503, .unreachable),
    ])
    func `a refusal and an outage are told apart, and nothing is sent twice`(status: Int, error: DeliveryError)
        async throws
    {
        let twilio = try StandIn(answering: status)
        await #expect(throws: error) { try await delivery(twilio.url).deliver(message) }
        #expect(twilio.requests.count == 1)
    }

    @Test func `an API that is not there, or too slow, is unreachable`() async throws {
        await #expect(throws: DeliveryError.unreachable) { try await delivery("http://127.0.0.1:1").deliver(message) }
        let slow = try StandIn(answering: nil)
        await #expect(throws: DeliveryError.unreachable) {
            try await delivery(slow.url, timeout: .seconds(2)).deliver(message)
        }
        #expect(slow.requests.count == 1)
    }
}
