// The one who says which connections of a context are let in: a ROUTER at the address that RFC 27 names, on a loop of its own, so that no
// busy service keeps others waiting at the door.
//
// It is started before any secured socket is bound. Without it nobody gets in (ZAP_ENFORCE_DOMAIN); when it ends, nobody does any more.

package final class ZAPHandler: Sendable {
    private static let endpoint = "inproc://zeromq.zap.01"
    private let loop: PollLoop

    /// Starts it; it answers when this returns.
    ///
    /// - Parameters:
    ///   - context: Whose connections it judges.
    ///   - user: The User-Id for a public key; `nil` refuses it. Called on the handler's thread.
    /// - Throws: Where the context has one already, or the operating system no more threads.
    package init(_ context: Context, user: @escaping @Sendable ([UInt8]) -> String?) async throws {
        loop = try PollLoop(name: "zap")
        do { try await Door(loop).open(context, user) } catch {
            loop.stop()
            throw error
        }
    }

    deinit { loop.stop() }

    /// Opens the socket where it lives. The loop keeps it, and closes it at its end.
    private actor Door {
        private let loop: PollLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

        init(_ loop: PollLoop) { self.loop = loop }

        func open(_ context: Context, _ user: @escaping @Sendable ([UInt8]) -> String?) throws {
            let router = try Socket(context, .router, SocketTuning())
            do { _ = try router.bind(ZAPHandler.endpoint) } catch {
                router.close()
                throw error
            }
            loop.watch(router) { ZAPHandler.answerAll(router, user) }
        }
    }

    private static func answerAll(_ router: Socket, _ user: ([UInt8]) -> String?) {
        while let message = receive(router) {
            // The asker's routing id and an empty frame stand before the request.
            guard message.count > 2, let answer = ZAPRequest.answer(Array(message[2...]), user: user) else { continue }
            send(Array(message[..<2]) + answer, router)
        }
    }

    private static func receive(_ router: Socket) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        while let (bytes, isLast) = try? router.receive() {
            frames.append(bytes)
            if isLast { return frames }
        }
        return nil
    }

    /// What cannot be sent is a connection that has gone; the others are not kept waiting for it.
    private static func send(_ frames: [[UInt8]], _ router: Socket) {
        for (index, frame) in frames.enumerated() {
            guard (try? router.send(frame, more: index < frames.count - 1)) == .sent else { return }
        }
    }
}
