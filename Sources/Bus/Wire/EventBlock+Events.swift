// From events to blocks: as many as follow each other in a topic, and fit, go into one.

extension EventBlock {
    /// As many of the events as follow each other, of one topic and epoch; `nil` of none.
    package init?(_ events: [Event], limit: Int = .max) {
        var writer = EventBlockWriter(limit: limit)
        var run = Run()
        if let first = events.first { run = Run(first) }
        for event in events { guard run.goesOn(event, writer.count), writer.append(event) else { break } }
        guard let block = writer.block(of: run) else { return nil }
        self = block
    }

    /// Where consecutive events begin.
    fileprivate struct Run {
        var (topic, epoch, first) = ("", UInt64(0), UInt64(0))

        init() {}

        init(_ event: Event) { (topic, epoch, first) = (event.topic, event.epoch, event.offset) }

        /// Whether an event is the next one behind so many.
        func goesOn(_ event: Event, _ count: Int) -> Bool {
            event.offset == first &+ UInt64(count) && event.epoch == epoch && event.topic == topic
        }
    }
}

extension EventBlockWriter {
    /// Calls `send` with block after block, until all events are in one; what follows each other shares one, also over commits.
    mutating func write(_ commits: [[Event]], _ send: (EventBlock) -> Void) {
        var run = EventBlock.Run()
        for events in commits {
            for index in events.indices where !(run.goesOn(events[index], count) && append(events[index])) {
                end(run, send)
                run = EventBlock.Run(events[index])
                // The first one always fits.
                _ = append(events[index])
            }
        }
        end(run, send)
    }

    private mutating func end(_ run: EventBlock.Run, _ send: (EventBlock) -> Void) {
        if let block = block(of: run) { send(block) }
        clear()
    }

    fileprivate func block(of run: EventBlock.Run) -> EventBlock? {
        block(of: run.topic, epoch: run.epoch, first: run.first)
    }
}
