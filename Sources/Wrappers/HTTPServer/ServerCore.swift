// What the server does with a request, as decisions: the callbacks of the daemon ask, and carry out the `Step` they get.
// No C here. Runs on the loops of the daemons; nothing blocks.

import Logging

final class ServerCore: Sendable {
    /// What the access handler has to do now.
    enum Step {
        /// Read on.
        case proceed
        /// Call `handle`; where the answer is not there when it returns, suspend the connection until it is.
        case handle(HTTPRequest)
        /// Send the answer the proper way.
        case respond(HTTPResponse, thenClose: Bool)
        /// Put the answer on the socket and drop the connection: libmicrohttpd takes no answer within a body.
        case breakOff(HTTPResponse)
    }

    typealias Prompt = @Sendable (HTTPRequest) -> HTTPResponse?
    typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse
    typealias BodyLimit = @Sendable (HTTPRequest) -> Int?
    typealias Note = @Sendable (HTTPRequest) -> (any Sendable)?
    typealias Screen = @Sendable (HTTPRequest) -> Refusal?
    typealias Renderer = @Sendable (Refusal, HTTPRequest) -> HTTPResponse

    let inFlight: InFlight
    let doorkeeper: Doorkeeper
    let streams = OpenStreams()
    let logger: Logger
    private let configuration: HTTPServerConfiguration
    private let executor: (any TaskExecutor)?
    private let bodyLimit: BodyLimit
    private let note: Note
    private let screen: Screen
    private let renderer: Renderer
    private let prompt: Prompt
    private let handler: Handler

    init(
        configuration: HTTPServerConfiguration,
        logger: Logger,
        doorkeeper: Doorkeeper,
        executor: (any TaskExecutor)?,
        inFlight: (_ expire: @escaping @Sendable (Exchange) -> Void) -> InFlight,
        bodyLimit: @escaping BodyLimit,
        note: @escaping Note,
        screen: @escaping Screen,
        renderer: @escaping Renderer,
        prompt: @escaping Prompt,
        handler: @escaping Handler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.doorkeeper = doorkeeper
        self.executor = executor
        self.bodyLimit = bodyLimit
        self.note = note
        self.screen = screen
        self.renderer = renderer
        self.prompt = prompt
        self.handler = handler
        self.inFlight = inFlight { exchange in
            _ = exchange.answer(cancelling: true) { ServerCore.refuse(.timedOut, $0, with: renderer) }
        }
    }

    // MARK: - Connections

    func opened(_ socket: Int32, _ address: String) {
        let (renderer, inFlight) = (renderer, inFlight)
        doorkeeper.opened(
            Inlet(
                socket,
                address,
                limits: configuration.limits,
                bodyLimit: configuration.maximumBodyBytes,
                mostDiscarded: configuration.maximumDiscardedBytes,
                patience: configuration.patience,
                now: Doorkeeper.now,
                end: { inFlight.drainingSince },
                render: { ServerCore.refuse($0, $1, with: renderer) }
            )
        )
    }

    func closed(_ inlet: Inlet) { doorkeeper.closed(inlet) }

    /// Whether there is a place for a connection from `address`; where there is none, it is told so and closed.
    func letsIn(_ socket: Int32, _ address: String) -> Bool {
        if doorkeeper.letIn(address) { return true }
        let nobody = HTTPRequest(method: "", path: "", remoteAddress: address)
        ResponseWriter.write(refuse(.crowded, nobody), to: socket)
        return false
    }

    // MARK: - Reception

    func begin(target: String, connection: Connection) -> Exchange {
        let (id, isLate) = inFlight.begin()
        return Exchange(id: id, target: target, isLate: isLate, connection: connection)
    }

    /// The head is complete, the body is not read yet: the moment to refuse without reading it.
    func receive(_ head: RequestHead, _ exchange: Exchange) -> Step {
        let target = RequestTarget(exchange.target, method: head.method)
        if let refusal = fault(of: head, hasTarget: target != nil) {
            return .respond(refuse(refusal, head.presentable.request(target: target)), thenClose: true)
        }
        var request = head.request(target: target)
        request.note = note(request)
        let limit = bodyLimit(request) ?? configuration.maximumBodyBytes
        if let refusal = refusal(of: head, request, bodyLimit: limit, exchange) {
            let answer = refuse(refusal, request)
            guard head.endsUnasked(atMost: configuration.maximumDiscardedBytes), refusal != .draining else {
                return .respond(answer, thenClose: true)
            }
            exchange.refuse(answer)
            return .proceed
        }
        exchange.receive(head: request, limit: limit)
        return .proceed
    }

    /// What leaves no trust in what follows on the connection.
    private func fault(of head: RequestHead, hasTarget: Bool) -> Refusal? {
        if let fault = head.fault { return .badFraming(fault) }
        if head.size > configuration.limits.head {
            return .headersTooLarge(limit: configuration.limits.head)
        }
        return hasTarget ? nil : .badRequestTarget
    }

    private func refusal(
        of head: RequestHead,
        _ request: HTTPRequest,
        bodyLimit: Int,
        _ exchange: Exchange
    ) -> Refusal? {
        if let refusal = screen(request) { return refusal }
        if let length = head.contentLength, length > UInt64(max(0, bodyLimit)) {
            return .bodyTooLarge(limit: bodyLimit)
        }
        return exchange.isLate ? .draining : nil
    }

    func receive(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Step {
        switch unsafe exchange.receive(bytes) {
        case .kept: .proceed
        case .tooLarge(let request, let limit): .breakOff(refuse(.bodyTooLarge(limit: limit), request))
        }
    }

    /// The request is complete, or its answer is there.
    func resume(_ exchange: Exchange) -> Step {
        if let answer = exchange.answer { return .respond(answer, thenClose: inFlight.isDraining) }
        guard let request = exchange.beginHandling() else { return .proceed }
        if !inFlight.isDraining, let answer = prompt(request) {
            return .respond(answer.isSendable ? answer : refuse(.invalidResponse, request), thenClose: false)
        }
        guard inFlight.takePlace() else { return .respond(refuse(.overloaded, request), thenClose: false) }
        return .handle(request)
    }

    // MARK: - Handling

    /// Starts the handler, which runs at once as far as it gets without waiting. Every way out of here ends in `exchange.answer`.
    /// `arrived` is when it was all there: one that a busy loop came to too late is refused.
    func handle(_ request: HTTPRequest, _ exchange: Exchange, arrived: UInt64) {
        guard inFlight.start(exchange) else {
            inFlight.leavePlace(exchange)
            _ = exchange.answer { self.refuse(.draining, $0) }
            return
        }
        // A task of its own, not one of a group: it begins in a C callback. `takePlace` bounds how many there are.
        let task: Task<Void, Never> =
            if let executor {
                Task(executorPreference: executor) { await self.run(request, exchange, arrived) }
            } else {
                Task.immediate(executorPreference: exchange.connection.daemon.loop) {
                    await self.run(request, exchange, arrived)
                }
            }
        exchange.attach(task)
    }

    private func run(_ request: HTTPRequest, _ exchange: Exchange, _ arrived: UInt64) async {
        let isLate = Doorkeeper.now - arrived > configuration.queueTimeout.nanoseconds
        let response = isLate ? refuse(.queuedTooLong, request) : await handler(request)
        // The place is free only now: a handler that ignores its cancellation still costs what it costs.
        inFlight.leavePlace(exchange)
        if request.method == "HEAD" { response.stream?.finish() }
        let isSendable = response.isSendable
        let isTaken = exchange.answer { isSendable ? response : self.refuse(.invalidResponse, $0) }
        if !isTaken || !isSendable { response.stream?.abandon(.clientGone) }
    }

    /// Ends what handlers still hold, for a shutdown.
    func answerAllDraining() {
        for exchange in inFlight.close() {
            _ = exchange.answer(cancelling: true) { refuse(.interrupted, $0) }
        }
    }

    // MARK: - Streams

    /// An answer begins that goes on for as long as its client likes.
    func begins(_ stream: BodyStream, on inlet: Inlet) {
        inlet.answer(stream, now: Doorkeeper.now)
        doorkeeper.streams(inlet)
        streams.add(stream)
    }

    /// An exchange is over.
    func ended(_ exchange: Exchange) {
        if let stream = exchange.end() { streams.remove(stream) }
        inFlight.end()
    }

    // MARK: - Refusals

    private func refuse(_ refusal: Refusal, _ request: HTTPRequest) -> HTTPResponse {
        ServerCore.refuse(refusal, request, with: renderer)
    }

    private static func refuse(_ refusal: Refusal, _ request: HTTPRequest, with renderer: Renderer) -> HTTPResponse {
        let response = renderer(refusal, request)
        return response.isSendable ? response : refusal.plainText
    }
}
