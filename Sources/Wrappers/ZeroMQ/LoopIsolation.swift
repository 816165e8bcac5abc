// What actors that own sockets are isolated to: a serial executor whose jobs run on a loop's thread, between those of its tasks.

final class LoopIsolation: SerialExecutor {
    private let inbox: LoopInbox
    private let name: String

    init(_ inbox: LoopInbox, name: String) {
        self.inbox = inbox
        self.name = name
    }

    func enqueue(_ job: consuming ExecutorJob) {
        unsafe inbox.add(LoopInbox.Job(job: UnownedJob(job), executor: .isolation(asUnownedSerialExecutor())))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
    func isIsolatingCurrentContext() -> Bool? { inbox.isCurrent }
    func checkIsolated() { precondition(inbox.isCurrent, "not on the poll loop \(name)") }
}
