// Keeps codes in memory until a test takes them out: `await sink.next(for: user)`.

package actor SinkDelivery: CodeDelivery {
    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<CodeMessage?, Never>
    }

    private var delivered: [AccountName: [CodeMessage]] = [:]
    private var waiting: [AccountName: [Waiter]] = [:]
    private var lastID: UInt64 = 0
    private var failure: DeliveryError?

    package init() {}

    package nonisolated func channel(to contact: Contact?) -> DeliveryChannel? { .sink }

    package func deliver(_ message: CodeMessage) throws(DeliveryError) {
        if let failure { throw failure }
        if waiting[message.user, default: []].isEmpty {
            delivered[message.user, default: []].append(message)
        } else {
            waiting[message.user]?.removeFirst().continuation.resume(returning: message)
        }
    }

    /// Lets deliveries fail from now on, or with nil succeed again.
    package func fail(with failure: DeliveryError?) { self.failure = failure }

    /// The codes for a user that have not been taken, oldest first.
    package func left(for user: String) -> [CodeMessage] { delivered[AccountName(user)] ?? [] }

    /// The oldest code for a user that has not been taken, as soon as there is one; nil where the task is cancelled first.
    package func next(for user: String) async -> CodeMessage? {
        let user = AccountName(user)
        if delivered[user]?.isEmpty == false { return delivered[user]?.removeFirst() }
        lastID += 1
        let id = lastID
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: nil) }
                waiting[user, default: []].append(Waiter(id: id, continuation: continuation))
            }
        } onCancel: {
            Task { await self.giveUp(id, user) }
        }
    }

    private func giveUp(_ id: UInt64, _ user: AccountName) {
        guard let index = waiting[user]?.firstIndex(where: { $0.id == id }) else { return }
        waiting[user]?.remove(at: index).continuation.resume(returning: nil)
    }
}
