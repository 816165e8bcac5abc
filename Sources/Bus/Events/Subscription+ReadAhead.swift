// A long refill asks for the page behind the one in hand before that has come: the publisher reads one while the other travels.
//
// Where the next page begins is known only where pages are as long as they were asked to be; a topic whose events are so large that pages
// are cut by their bytes is read without. What was asked early and is not wanted any more is let go: asking twice changes nothing.

/// A question to the log, and what was known when it was asked.
struct ReplayQuestion: Sendable {
    let request: ReplayRequest
    /// The epoch that the log had to confirm; one that came later is not answered by it.
    let doubt: UInt64?
}

/// One that is under way.
struct AskedQuestion {
    let question: ReplayQuestion
    let answer: Task<ReplayPage, any Error>

    /// Its page; who does not want it any more takes the question back.
    func page() async throws -> ReplayPage {
        try await withTaskCancellationHandler {
            try await answer.value
        } onCancel: {
            answer.cancel()
        }
    }
}

extension Subscription {
    /// Events of a page: two of them under way and a buffer half full are no more than the buffer takes.
    private var pageEvents: Int { max(1, environment.configuration.eventBuffer / 4) }

    func question(_ name: String, from: UInt64) -> ReplayQuestion {
        let limit = min(tails[name]?.room ?? 0, pageEvents)
        return ReplayQuestion(
            request: ReplayRequest(
                topic: name,
                from: from,
                limit: limit,
                epoch: tails[name]?.epoch,
                version: version
            ),
            doubt: tails[name]?.doubt
        )
    }

    /// The early question, where it asks what is wanted now.
    func takeEarly(_ name: String, from: UInt64) -> AskedQuestion? {
        guard let early = readingAhead.removeValue(forKey: name) else { return nil }
        guard early.question.request.from == from, early.question.request.epoch == tails[name]?.epoch else {
            early.answer.cancel()
            return nil
        }
        return early
    }

    /// Asks for what comes behind a question, where its page and the next one are known to be whole and there is room for both.
    func readAhead(of question: ReplayQuestion) {
        let (name, from, size) = (question.request.topic, question.request.from, question.request.limit)
        guard wholePages.contains(name), size == pageEvents, let tail = tails[name], tail.doubt == nil else { return }
        // Subtracted, not added: a publisher may say any numbers.
        guard tail.head >= from, tail.head - from >= 2 * UInt64(size) - 1, tail.room >= 2 * size else { return }
        let request = ReplayRequest(
            topic: name,
            from: from + UInt64(size),
            limit: size,
            epoch: tail.epoch,
            version: version
        )
        readingAhead[name] = ask(ReplayQuestion(request: request, doubt: nil))
    }

    /// Questions go out in the order in which they are asked.
    func ask(_ question: ReplayQuestion) -> AskedQuestion {
        let request = question.request
        let answer = Task(executorPreference: environment.loop) { [publisher] in try await publisher.replay(request) }
        return AskedQuestion(question: question, answer: answer)
    }

    func note(_ page: ReplayPage, for question: ReplayQuestion) {
        let isWhole = page.block?.count == question.request.limit
        if isWhole { wholePages.insert(question.request.topic) } else { wholePages.remove(question.request.topic) }
    }
}
