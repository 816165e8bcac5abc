// What is not here is read from the publisher's log, page by page, and who may not read it is told so.

internal import Logging

extension Subscription {
    /// Topics that are asked for at a time. Each has a page or two under way; a publisher bounds what a connection has not read.
    private static let refillsAtOnce = 8

    /// Has what is missing of a topic fetched while the consumer works on what is here, and no more than there is room for.
    func beginRefill(_ name: String) {
        guard mayRefill(name) else { return }
        refilling[name] = Task(executorPreference: environment.loop) { [weak self] in await self?.refill(name) }
    }

    func mayRefill(_ name: String) -> Bool {
        refilling[name] == nil && refilling.count < Self.refillsAtOnce && !unsettled.contains(name) && !isClosed
            && missing(name) != nil
    }

    /// From where on the log has to be asked: something is not here, or this topic's log was never asked.
    func missing(_ name: String) -> UInt64? { tails[name]?.needsRefill ?? firstLook(name) }

    func firstLook(_ name: String) -> UInt64? { looked.contains(name) ? nil : tails[name]?.next }

    /// Page after page until enough is here: the next one is read while this one travels and is worked on.
    func refill(_ name: String) async {
        while let from = missing(name), !isClosed {
            do {
                guard try await refill(name, from: from) else { break }
            } catch {
                // What is not wanted any more, since the consumer has skipped it meanwhile, may be refused.
                if missing(name) == from { refuse(name, error) }
                break
            }
            wakeUp()
        }
        refilling[name] = nil
        wakeUp()
    }

    private func refuse(_ name: String, _ error: any Error) {
        refusals[name] = error
        guard (error as? Failure)?.code == .topicVersion else { return }
        environment.logger.error(
            "a topic has another version",
            metadata: ["bus.topic": "\(name)", "error": "\(error)"]
        )
    }

    /// False where no events came of it; the consumer's next question is another attempt.
    private func refill(_ name: String, from: UInt64) async throws -> Bool {
        let asked = takeEarly(name, from: from) ?? ask(question(name, from: from))
        let (question, epoch) = (asked.question, asked.question.request.epoch)
        readAhead(of: question)
        guard let page = try await attempt(name, { try await asked.page() }) else {
            await pause(backOff(after: [name]))
            return false
        }
        note(page, for: question)
        // A publisher that knows no `gone` begins its page with what it still has.
        if page.head.epoch == epoch ?? page.head.epoch, from < page.head.tail { throw page.head.gone(from) }
        looked.insert(name)
        tails[name]?.refill(page.block, log: page.head, settling: question.doubt)
        // A log that knows less than what it announced is being restored, or broken: ask again, but not at once.
        if page.block == nil, page.head.epoch == epoch, tails[name]?.needsRefill != nil {
            await pause(.milliseconds(100))
        }
        return page.block != nil
    }

    /// `nil` where it did not work and is worth trying again, though not at once.
    func attempt<Answer: Sendable>(
        _ topic: String,
        _ body: () async throws -> Answer
    ) async throws -> Answer? {
        do {
            let answer = try await body()
            failures[topic] = nil
            return answer
        } catch let failure as Failure where failure.isFinal {
            throw failure
        } catch {
            failures[topic, default: 0] += 1
            environment.logger.debug("no answer", metadata: ["bus.topic": "\(topic)", "error": "\(error)"])
            return nil
        }
    }

    // MARK: Leave

    /// Who comes back may be another version of the publisher, whose events mean something else; and rights may have been taken away: then
    /// nothing comes any more. The answer to a refill is all that says so.
    func lookAgain() {
        looked = []
        mustAskLeave = isPrefix && isSecured
        wakeUp()
    }

    func askLeave() async throws {
        let request = ReplayRequest(topic: "\(topic)*", from: 1, limit: 0, version: version)
        // A family is no topic: what is not found was not forbidden.
        let answer = try await attempt(topic) {
            do { _ = try await self.publisher.replay(request) } catch let failure as Failure
                where failure.code == .notFound
            {}
            return true
        }
        if answer == true { mustAskLeave = false } else { rest(after: [topic]) }
    }
}

extension Failure {
    /// Asking again would get the same answer.
    fileprivate var isFinal: Bool {
        [.forbidden, .gone, .topicVersion, .invalidRequest, .unknownOperation].contains(code)
    }
}
