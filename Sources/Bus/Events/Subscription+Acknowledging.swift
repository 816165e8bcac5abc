// What has had its effect, told to the publisher once a heartbeat.

internal import ZeroMQ

extension Subscription {
    func scheduleAcknowledging() {
        guard acknowledging == nil, !isClosed else { return }
        acknowledging = environment.loop.schedule(after: environment.configuration.heartbeat) { [weak self] in
            self?.assumeIsolated { $0.beginAcknowledging() }
        }
    }

    func beginAcknowledging() {
        Task(executorPreference: environment.loop) { [weak self] in
            await self?.sendAcknowledgements()
            await self?.acknowledgeAgain()
        }
    }

    func acknowledgeAgain() {
        acknowledging = nil
        if !acknowledgements.due.isEmpty { scheduleAcknowledging() }
    }

    func sendAcknowledgements() async {
        guard let consumer else { return }
        for mark in acknowledgements.due {
            let tail = tails[mark.topic]
            let request = AcknowledgeRequest(
                consumer: consumer,
                topic: mark.topic,
                epoch: mark.epoch,
                offset: mark.offset,
                gapsFound: tail?.gapsFound ?? 0,
                gapsFilled: tail?.gapsFilled ?? 0
            )
            if await send(request) { acknowledgements.confirm(mark) }
        }
    }

    func send(_ request: AcknowledgeRequest) async -> Bool {
        do {
            _ = try await publisher.acknowledge(request)
            return true
        } catch let failure as Failure where failure.code == .notFound {
            // Removed by somebody who took us for dead.
            let again = JoinRequest(consumer: request.consumer, topic: request.topic)
            return (try? await publisher.join(again.standing(at: request.offset, request.epoch))) != nil
        } catch {
            return false
        }
    }
}
