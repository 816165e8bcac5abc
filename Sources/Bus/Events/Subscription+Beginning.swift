// Where a subscription begins in a topic: as it was told, or as the publisher knows it.

internal import Logging

extension Subscription {
    func settleStart() async throws {
        guard !unsettled.isEmpty, resting == nil else { return }
        var missed: [String] = []
        for name in unsettled {
            guard let (epoch, next) = try await place(in: name) else {
                missed.append(name)
                continue
            }
            guard unsettled.remove(name) != nil else { continue }
            var tail = newTail(from: next)
            tail.resume(epoch: epoch, next: next)
            tails[name] = tail
        }
        if !missed.isEmpty { rest(after: missed) }
    }

    /// Where to begin; `nil` where the publisher is not there.
    func place(in topic: String) async throws -> (epoch: UInt64, next: UInt64)? {
        if let consumer { return try await join(topic, consumer) }
        guard let head = try await head(of: topic) else { return nil }
        return (head.epoch, start == .live ? head.head + 1 : head.tail)
    }

    func join(_ topic: String, _ consumer: String) async throws -> (epoch: UInt64, next: UInt64)? {
        guard let request = try await joinRequest(topic, consumer) else { return nil }
        do {
            let standing = try await attempt(topic) { try await self.publisher.join(request) }
            guard let standing else { return nil }
            return (standing.epoch, min(standing.acknowledged, .max - 1) + 1)
        } catch let failure as Failure where failure.code == .unknownOperation {
            environment.logger.warning("this publisher keeps no consumers", metadata: ["bus.topic": "\(topic)"])
            self.consumer = nil
            return nil
        }
    }

    func joinRequest(_ topic: String, _ consumer: String) async throws -> JoinRequest? {
        let request = JoinRequest(consumer: consumer, topic: topic)
        switch start {
        case .acknowledged: return request
        case .offset(let offset): return request.standing(at: max(1, offset) - 1, nil)
        case .checkpoint(let epoch, let next): return request.standing(at: max(1, next) - 1, epoch)
        case .live, .earliest:
            guard let head = try await head(of: topic) else { return nil }
            return request.standing(at: start == .live ? head.head : head.tail - 1, head.epoch)
        }
    }

    func head(of topic: String) async throws -> TopicHead? {
        let question = ReplayRequest(topic: topic, from: 1, limit: 0, version: version)
        return try await attempt(topic) { try await self.publisher.replay(question) }?.head
    }
}
