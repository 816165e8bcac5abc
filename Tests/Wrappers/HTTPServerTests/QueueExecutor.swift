// A task executor that can tell whether the code asking runs on it.

import Dispatch

final class QueueExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "handlers")
    private static let key = DispatchSpecificKey<Bool>()

    init() {
        queue.setSpecific(key: QueueExecutor.key, value: true)
    }

    var isCurrent: Bool { DispatchQueue.getSpecific(key: QueueExecutor.key) == true }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
