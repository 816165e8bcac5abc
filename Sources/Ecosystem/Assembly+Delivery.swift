// The way that one-time codes take, as the topology names it. Secrets come from files, never from the topology itself.

import Bus
import Foundation
import FountainService
import HTTPClient
import Topology
import TwoFactor

extension Assembly {
    func delivery() throws -> any CodeDelivery {
        switch topology.twoFactor.delivery {
        case .log: LogDelivery(logger: host.logger(for: "2fa"))
        case .sink: sink
        case .smtp(let settings): try smtp(settings)
        case .twilio(let settings): try twilio(settings)
        }
    }

    private func smtp(_ settings: Topology.TwoFactor.SMTP) throws -> SMTPDelivery {
        guard let sender = MailAddress(settings.from) else {
            throw Failure(.invalidRequest, "two_factor.smtp.from: \"\(settings.from)\" is not a mail address.")
        }
        let credentials = try settings.username.map { user in
            Credentials(
                user: user,
                password: try secret(in: settings.passwordFile ?? "", "two_factor.smtp.password_file")
            )
        }
        let server = SMTPServer(
            host: settings.server.host,
            port: settings.server.port,
            security: settings.startTLS ? .required : .none,
            credentials: credentials,
            authorityFile: settings.caFile,
            // After a time-out libcurl waits as long again for the answer to QUIT.
            timeout: max(.seconds(1), deliveryTimeout / 2)
        )
        return SMTPDelivery(via: server, from: sender)
    }

    private func twilio(_ settings: Topology.TwoFactor.Twilio) throws -> TwilioDelivery {
        let token = try secret(in: settings.tokenFile, "two_factor.twilio.token_file")
        return TwilioDelivery(
            baseURL: settings.baseURL,
            credentials: Credentials(user: settings.accountSID, password: token),
            from: settings.from,
            timeout: deliveryTimeout
        )
    }

    /// Sooner than the gateway gives up: what became of a code is ours to say.
    private var deliveryTimeout: Duration {
        max(.seconds(1), min(.seconds(15), topology.gateway.requestTimeout - .seconds(2)))
    }

    /// A secret's file without the line end that editors leave.
    func secret(in file: String, _ field: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Failure(.unavailable, "The file \(file) cannot be read (\(field)).")
        }
        return text.trimmingCharacters(in: .newlines)
    }
}
