// libzmq's sockets on a loop: messages come whole and in order, and where nobody is there that is an answer or an event.

import Foundation
import Testing

@testable import ZeroMQ

/// Two sockets that may be read: whose reader is called first has the other one ignored until the next turn.
private final class Rivals {
    private let sockets: [Socket]
    private let loop: PollLoop
    private let end: CheckedContinuation<Void, Never>
    private var unread = 2

    init(_ sockets: [Socket], _ loop: PollLoop, _ end: CheckedContinuation<Void, Never>) {
        (self.sockets, self.loop, self.end) = (sockets, loop, end)
    }

    func begin() { for index in sockets.indices { watch(index) } }

    private func watch(_ index: Int) { loop.watch(sockets[index]) { self.read(index) } }

    private func read(_ index: Int) {
        guard (try? sockets[index].receive()) != nil else { return }
        unread -= 1
        guard unread > 0 else { return finish() }
        loop.ignore(sockets[1 - index])
        _ = loop.schedule(after: .zero) { self.watch(1 - index) }
    }

    private func finish() {
        for socket in sockets {
            loop.ignore(socket)
            socket.close()
        }
        end.resume()
    }
}

/// Two sockets on one loop; the loop's actor does what a test asks for.
private actor Bench {
    let loop: PollLoop
    let context: Context
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ loop: PollLoop) throws {
        self.loop = loop
        context = try Context()
    }

    /// Echoes `messages` through a ROUTER and gives back what the DEALER got.
    func echo(_ messages: [[UInt8]], over endpoint: String) async throws -> [[UInt8]] {
        let router = try Socket(context, .router, SocketTuning())
        let dealer = try Socket(context, .dealer, SocketTuning())
        let bound = try router.bind(endpoint)
        try dealer.connect(bound)
        loop.watch(router) { Self.reflect(router) }
        let answers = try await collect(messages, dealer)
        for socket in [router, dealer] {
            loop.ignore(socket)
            socket.close()
        }
        return answers
    }

    private func collect(_ messages: [[UInt8]], _ dealer: Socket) async throws -> [[UInt8]] {
        var unsent = messages[...]
        var answers: [[UInt8]] = []
        while !unsent.isEmpty {
            try Task.checkCancellation()
            if try dealer.send(unsent[unsent.startIndex]) == .sent { unsent.removeFirst() }
            await Task.yield()
        }
        return await withCheckedContinuation { continuation in
            loop.watch(dealer) {
                while let frame = try? dealer.receive() { answers.append(frame.bytes) }
                if answers.count == messages.count { continuation.resume(returning: answers) }
            }
        }
    }

    private static func reflect(_ router: Socket) {
        while let identity = try? router.receive(), let body = try? router.receive() {
            _ = try? router.send(identity.bytes, more: true)
            _ = try? router.send(body.bytes)
        }
    }

    /// Returns when both of two have been read, each of whose readers has the other one ignored for a turn.
    func readAfterBeingIgnored() async throws {
        let socket = { [context] in try Socket(context, .dealer, SocketTuning()) }
        let (receivers, senders) = ([try socket(), try socket()], [try socket(), try socket()])
        for (index, receiver) in receivers.enumerated() {
            try senders[index].connect(receiver.bind("inproc://ignored.\(index)"))
            #expect(try senders[index].send([1]) == .sent)
        }
        await withCheckedContinuation { Rivals(receivers, loop, $0).begin() }
        for socket in senders { socket.close() }
    }

    func sendToStranger() throws -> SendResult {
        let router = try Socket(context, .router, SocketTuning())
        defer { router.close() }
        return try router.send([1, 2, 3], more: true)
    }

    func sendToNobody(_ endpoint: String) throws -> SendResult {
        let dealer = try Socket(context, .dealer, SocketTuning())
        defer { dealer.close() }
        try dealer.connect(endpoint)
        return try dealer.send([1])
    }

    /// The first event worth the name after connecting to where nobody listens.
    func firstEvent(connectingTo endpoint: String) async throws -> ConnectionEvent? {
        let dealer = try Socket(context, .dealer, SocketTuning())
        let monitor = try dealer.monitor(context)
        try dealer.connect(endpoint)
        defer {
            dealer.stopMonitoring()
            for socket in [monitor, dealer] { socket.close() }
        }
        while true {
            try Task.checkCancellation()
            if let event = try monitor.receiveEvent(), event != .other { return event }
            await Task.yield()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    let loop: PollLoop
    private let bench: Bench

    init() throws {
        loop = try PollLoop(name: "sockets")
        bench = try Bench(loop)
    }

    @Test(arguments: [
        "inproc://echo", "tcp://127.0.0.1:*",
        "ipc://\(FileManager.default.temporaryDirectory.path)/socket-tests.\(UInt32.random(in: 0...(.max)))",
    ])
    func `what goes through a router comes back whole and in order`(endpoint: String) async throws {
        let messages: [[UInt8]] = [[], [1], Array(repeating: 7, count: 100_000)] + (0..<200).map { [UInt8($0)] }
        #expect(try await bench.echo(messages, over: endpoint) == messages)
        loop.stopAndWait()
    }

    @Test func `a socket that was ignored before its reader's turn came is read when it is watched again`() async throws
    {
        try await bench.readAfterBeingIgnored()
        loop.stopAndWait()
    }

    @Test func `a message to a peer that is not there is an answer, not a silent drop`() async throws {
        #expect(try await bench.sendToStranger() == .unroutable)
        #expect(try await bench.sendToNobody("tcp://127.0.0.1:1") == .wouldBlock)
        loop.stopAndWait()
    }

    @Test func `a refused connection is an event`() async throws {
        #expect(try await bench.firstEvent(connectingTo: "tcp://127.0.0.1:1") == .closed)
        #expect(try await bench.firstEvent(connectingTo: "ipc:///tmp/fountain-nobody-listens-here") == .closed)
        loop.stopAndWait()
    }
}
