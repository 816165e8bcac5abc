// What a named consumer has done and its publisher does not know yet: one offset a topic, so a call now and then says all of it.

struct Acknowledgements {
    struct Mark: Equatable {
        let topic: String
        let epoch: UInt64
        let offset: UInt64
    }

    private var noted: [String: Mark] = [:]
    private var confirmed: [String: Mark] = [:]

    /// Every event of the topic up to this one has had its effect.
    mutating func note(_ event: Event) {
        let mark = Mark(topic: event.topic, epoch: event.epoch, offset: event.offset)
        if let known = noted[event.topic], known.epoch == mark.epoch, known.offset >= mark.offset { return }
        noted[event.topic] = mark
    }

    mutating func confirm(_ mark: Mark) { confirmed[mark.topic] = mark }

    /// What the publisher has not confirmed.
    var due: [Mark] { noted.values.filter { confirmed[$0.topic] != $0 } }
}
