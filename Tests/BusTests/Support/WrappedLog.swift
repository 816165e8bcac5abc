// A log before one in memory, for tests that look at what it is asked or answer in its stead: what they leave alone goes through.

@testable import Bus

protocol WrappedLog: EventLog {
    var log: MemoryEventLog { get }
}

extension WrappedLog {
    func heads() -> [TopicHead] { log.heads() }
    func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        log.read(topic: topic, from: offset, limit: limit)
    }
    func observe(_ observer: @escaping @Sendable ([Event]) -> Void) { log.observe(observer) }
}
