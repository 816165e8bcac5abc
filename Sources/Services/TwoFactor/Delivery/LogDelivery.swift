// Writes codes to the service's log, for one person at one machine (`kind: local`): who reads the log has the second factor.

package import Logging

package struct LogDelivery: CodeDelivery {
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    package func channel(to contact: Contact?) -> DeliveryChannel? { .log }

    package func deliver(_ message: CodeMessage) {
        logger.notice(
            "one-time code (delivery: log)",
            metadata: ["2fa.user": "\(message.user.text)", "2fa.code": "\(message.code)"]
        )
    }
}
