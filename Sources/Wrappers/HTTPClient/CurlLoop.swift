// The thread that carries transfers: a libcurl multi handle, driven by `curl_multi_poll`, woken by `curl_multi_wakeup`.
//
//     any task ──submit / cancel──> commands (mutex) ──wake──> thread: add, cancel, perform, poll … ──> resume the task
//
// The multi handle and the transfers in it belong to the thread. The thread ends when the loop is released; a loop in
// use is held by the calls that wait in it. Callers never block.
import CCurl
import Foundation
import Synchronization

final class CurlLoop: Sendable {
    private let core: Core

    /// Starts the thread; beyond `maximumInFlight` transfers at once it refuses.
    init(name: String, maximumInFlight: Int) {
        core = Core(maximumInFlight: maximumInFlight)
        let thread = Thread { [core] in core.work() }
        thread.name = name
        thread.start()
    }

    deinit {
        core.send(.stop)
    }

    /// Transfers that are under way.
    var inFlight: Int {
        core.state.withLock(\.inFlight)
    }

    /// Carries the transfer out; cancelling the task aborts it and closes its connection.
    func run(_ transfer: Transfer) async -> TransferEnd {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard core.admit() else { return continuation.resume(returning: .overloaded) }
                core.send(.add(transfer, continuation))
                // The handler may have run before the transfer was sent: then its command found nothing to remove.
                if Task.isCancelled { core.send(.cancel(transfer.easy.id)) }
            }
        } onCancel: {
            core.send(.cancel(transfer.easy.id))
        }
    }
}

extension CurlLoop {
    private typealias Continuation = CheckedContinuation<TransferEnd, Never>

    private enum Command: Sendable {
        case add(Transfer, Continuation)
        case cancel(UInt)
        case stop
    }

    private struct State {
        var commands: [Command] = []
        var inFlight = 0
        var isEnded = false
    }

    /// What the thread holds.
    @safe private final class Core: Sendable {
        let state = Mutex(State())
        private let maximumInFlight: Int
        // Safe to share: other threads only call `curl_multi_wakeup`, and only under the mutex while it is not ended.
        private nonisolated(unsafe) let multi: UnsafeMutableRawPointer
        // Touched by the thread only.
        private nonisolated(unsafe) var underWay: [UInt: (transfer: Transfer, continuation: Continuation)] = [:]

        init(maximumInFlight: Int) {
            CurlGlobal.start()
            guard let multi = unsafe curl_multi_init() else { preconditionFailure("libcurl: out of memory") }
            unsafe self.multi = unsafe multi
            self.maximumInFlight = maximumInFlight
            _ = unsafe shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
        }

        func admit() -> Bool {
            state.withLock { state in
                guard state.inFlight < maximumInFlight else { return false }
                state.inFlight += 1
                return true
            }
        }

        func send(_ command: Command) {
            state.withLock { state in
                guard !state.isEnded else { return }
                state.commands.append(command)
                _ = unsafe curl_multi_wakeup(multi)
            }
        }

        /// The body of the thread.
        func work() {
            Self.blockBrokenPipeSignal()
            var isStopping = false
            while !isStopping {
                for command in takeCommands() { isStopping = obey(command) || isStopping }
                var running: Int32 = 0
                _ = unsafe curl_multi_perform(multi, &running)
                finishDone()
                if !isStopping { _ = unsafe curl_multi_poll(multi, nil, 0, 1000, nil) }
            }
            end()
        }

        private func takeCommands() -> [Command] {
            state.withLock { state in
                defer { state.commands = [] }
                return state.commands
            }
        }

        /// True for the command to stop.
        private func obey(_ command: Command) -> Bool {
            switch command {
            case .add(let transfer, let continuation): add(transfer, continuation)
            case .cancel(let id): unsafe underWay[id]?.transfer.cancel()
            case .stop: return true
            }
            return false
        }

        private func add(_ transfer: Transfer, _ continuation: Continuation) {
            unsafe underWay[transfer.easy.id] = (transfer, continuation)
            let result = unsafe curl_multi_add_handle(multi, transfer.easy.handle)
            if result != CURLM_OK { finish(transfer.easy.id, .ended(CURLE_FAILED_INIT)) }
        }

        private func finishDone() {
            var remaining: Int32 = 0
            while let message = unsafe curl_multi_info_read(multi, &remaining) {
                var result = CURLE_OK
                guard let handle = unsafe shim_done(message, &result) else { continue }
                let id = UInt(bitPattern: handle)
                finish(id, unsafe end(of: underWay[id]?.transfer, result))
            }
        }

        private func end(of transfer: Transfer?, _ result: CURLcode) -> TransferEnd {
            switch result {
            case CURLE_ABORTED_BY_CALLBACK: transfer?.hasStalled == true ? .ended(CURLE_OPERATION_TIMEDOUT) : .cancelled
            // `cancel` shortens the wait for an answer: one that has been waited for longer ends before libcurl asks whether to go on.
            case CURLE_OPERATION_TIMEDOUT where transfer?.isCancelled == true: .cancelled
            default: .ended(result)
            }
        }

        /// Takes the transfer out of the loop, then hands it back.
        private func finish(_ id: UInt, _ end: TransferEnd) {
            guard let (transfer, continuation) = unsafe underWay.removeValue(forKey: id) else { return }
            _ = unsafe curl_multi_remove_handle(multi, transfer.easy.handle)
            state.withLock { $0.inFlight -= 1 }
            continuation.resume(returning: end)
        }

        private func end() {
            for id in unsafe Array(underWay.keys) { finish(id, .cancelled) }
            state.withLock { $0.isEnded = true }
            _ = unsafe curl_multi_cleanup(multi)
        }

        /// TLS writes to a connection that the peer has closed would otherwise kill the process.
        private static func blockBrokenPipeSignal() {
            var signals = sigset_t()
            unsafe sigemptyset(&signals)
            unsafe sigaddset(&signals, SIGPIPE)
            unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        }
    }
}
