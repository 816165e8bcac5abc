// Who is told what a commit made durable.

import Bus
import Synchronization

final class EventObservers: Sendable {
    private let all = Mutex<[@Sendable ([Event]) -> Void]>([])

    func add(_ observer: @escaping @Sendable ([Event]) -> Void) { all.withLock { $0.append(observer) } }

    func announce(_ events: [Event]) {
        guard !events.isEmpty else { return }
        for observer in all.withLock({ $0 }) { observer(events) }
    }
}
