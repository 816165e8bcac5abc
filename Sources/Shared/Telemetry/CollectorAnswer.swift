// What a collector's answer means for a batch, by OTLP/HTTP: 429, 502, 503 and 504 are "later", and so is no answer at all; any other
// status but 2xx is "never". A `Retry-After` is taken in seconds; one that is a date is not, and our own pause stands.

import Foundation
internal import HTTPClient

extension SpanQueue.Outcome {
    init(_ answer: OutboundResponse) {
        switch answer.status {
        case 200...299: self = .init(accepted: answer.body)
        case 429, 502, 503, 504:
            let seconds = answer.header("Retry-After").flatMap { UInt32($0) }
            self = .later("HTTP \(answer.status)", after: seconds.map { .seconds(Int64($0)) })
        default: self = .refused("HTTP \(answer.status)")
        }
    }

    /// A collector may take a part only, and say how many it did not; those are not sent again.
    private init(accepted body: [UInt8]) {
        let answer = try? JSONDecoder().decode(Accepted.self, from: Data(body))
        let reason = answer?.partialSuccess?.errorMessage.map { String($0.prefix(200)) } ?? ""
        self = .taken(rejected: answer?.partialSuccess?.rejected ?? 0, reason: reason)
    }

    init(_ error: HTTPClientError) {
        switch error {
        case .malformedURL, .malformedHeader, .malformedCredentials, .tooLarge, .malformedResponse, .other:
            self = .refused("\(error)")
        case .cannotResolve, .cannotConnect, .tls, .certificateExpired, .timedOut, .connectionLost, .cancelled,
            .overloaded:
            self = .later("\(error)")
        }
    }
}

/// ExportTraceServiceResponse, as far as it says something.
private struct Accepted: Decodable {
    struct Part: Decodable {
        let rejected: Int
        let errorMessage: String?

        private enum CodingKeys: CodingKey { case rejectedSpans, errorMessage }

        /// A 64-bit number is a string in this JSON; a number is taken as well.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let text = try? container.decode(String.self, forKey: .rejectedSpans)
            rejected = text.flatMap { Int($0) } ?? (try? container.decode(Int.self, forKey: .rejectedSpans)) ?? 0
            errorMessage = try? container.decode(String.self, forKey: .errorMessage)
        }
    }

    let partialSuccess: Part?
}
