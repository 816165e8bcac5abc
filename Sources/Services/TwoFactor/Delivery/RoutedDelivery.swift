// Several ways at once: mail for addresses, SMS for numbers. The first that can reach a contact takes it.

package struct RoutedDelivery: CodeDelivery {
    private let ways: [any CodeDelivery]

    package init(_ ways: [any CodeDelivery]) { self.ways = ways }

    package func channel(to contact: Contact?) -> DeliveryChannel? {
        ways.lazy.compactMap { $0.channel(to: contact) }.first
    }

    package func deliver(_ message: CodeMessage) async throws(DeliveryError) {
        guard let way = ways.first(where: { $0.channel(to: message.contact) != nil }) else { throw .refused }
        try await way.deliver(message)
    }
}
