// One origin: from a whole HTTP request to a whole HTTP response, by way of one bus call.
//
//     resolve ──> count ──> admit ──> count ──> read input ──> call ──> reply ──> finish
//        └──────────┴─────────┴─────────┴───────────┴────────────┴──> problem+json ──^
//
// It holds no state of a request beyond the function that answers it, and of a reply reads only the members that are
// declared to be header fields.

internal import Bus
internal import HTTPServer
internal import Logging

struct Edge: Sendable {
    /// The service whose own port this is; nil for the main origin, where services have their domains.
    let listens: String?
    let hosts: Hosts
    let clients: ClientAddress
    let crossOrigin: CrossOrigin
    let compressor: Compressor
    let allowances: Allowances
    let keysInFlight: KeysInFlight
    let hub: EventHub
    let directory: Directory
    let pages: OwnPages
    let authenticator: Authenticator
    let nodes: Nodes
    let requestTimeout: Duration
    let maxBody: Int
    /// Whether a change that can have a condition must have one.
    let requiresConditions: Bool
    let metrics: Metrics
    let logger: Logger

    private var listener: String { listens ?? "main" }

    // MARK: What the server asks

    /// One of the gateway's own pages; nil where the request is for anything else, or for one that is to be compressed.
    func answerPage(_ request: HTTPRequest) -> HTTPResponse? {
        guard case .page(let page) = resolve(request) else { return nil }
        let start = ContinuousClock.now
        metrics.began(listener)
        defer { metrics.ended(listener) }
        var record = record(of: request)
        guard let response = compressor.plain(answer(page, request, &record), to: request) else { return nil }
        record.duration = start.duration(to: .now)
        report(&record, response.status)
        return finish(response, to: request, record)
    }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let start = ContinuousClock.now
        metrics.began(listener)
        defer { metrics.ended(listener) }
        var record = record(of: request)
        var response = await compressor.answer(respond(request, &record), to: request)
        record.duration = start.duration(to: .now)
        response = finish(response, to: request, record)
        // A request that has been given up is answered, and reported, by whoever gave it up.
        if !Task.isCancelled { report(&record, response.status) }
        return response
    }

    /// The server's own refusals, in our words.
    func render(_ refusal: Refusal, _ request: HTTPRequest) -> HTTPResponse {
        var record = record(of: request)
        var call: Unanswered?
        if case .operation(let mounted, _) = resolve(request) {
            (record.route, record.operation) = (mounted.route, mounted.description.name)
            call = unanswered(mounted.description, request)
        }
        record.reason = refusal.reason
        let response = ProblemDetails.response(Refused(refusal.failure(of: call)), trace: record.trace)
        report(&record, response.status)
        return finish(response, to: request, record)
    }

    private func unanswered(_ operation: OperationDescription, _ request: HTTPRequest) -> Unanswered {
        let key = try? IdempotencyKey.read(request.headers)
        return Unanswered(operation.name, isIdempotent: operation.isIdempotent, hasKey: key != nil)
    }

    /// The most bytes a body may have: an operation can ask for less than the gateway's own limit, not for more.
    func bodyLimit(_ request: HTTPRequest) -> Int? {
        guard case .operation(let mounted, _) = resolve(request),
            let limit = mounted.description.limits.maxBodyBytes
        else { return nil }
        return max(0, min(limit, maxBody))
    }

    /// Whether a request is for us, and may be; said before its body is read.
    func screen(_ request: HTTPRequest) -> Refusal? { hosts.refusal(of: request, at: listens) }

    /// What a request is for, looked up once, when its head is there.
    func note(_ request: HTTPRequest) -> any Sendable { find(request) }

    private func resolve(_ request: HTTPRequest) -> RouteTable.Resolution {
        request.note as? RouteTable.Resolution ?? find(request)
    }

    private func find(_ request: HTTPRequest) -> RouteTable.Resolution {
        directory.table.resolve(request.method, request.path, at: hosts.origin(of: request, at: listens))
    }

    private func record(of request: HTTPRequest) -> RequestRecord {
        let parent = request.headers["traceparent"].flatMap(TraceContext.init)
        let trace = parent?.next() ?? .begin()
        return RequestRecord(
            listener: listener,
            method: request.method,
            trace: trace,
            parent: parent,
            requestID: RequestID.of(request.headers) ?? trace.traceID,
            client: clients.of(request)
        )
    }

    private func report(_ record: inout RequestRecord, _ status: Int) {
        record.status = status
        metrics.record(record)
        record.note(in: nodes.first.spans)
        record.log(to: logger)
    }

    // MARK: Answers

    private func answer(_ page: OwnPage, _ request: HTTPRequest, _ record: inout RequestRecord) -> HTTPResponse {
        record.route = page.rawValue
        return pages.answer(page, request.path, at: hosts.origin(of: request, at: listens), trace: record.trace)
    }

    private func respond(_ request: HTTPRequest, _ record: inout RequestRecord) async -> HTTPResponse {
        let resolution = resolve(request)
        if case .page(let page) = resolution { return answer(page, request, &record) }
        record.allowances = allowances.takeAsStranger(record.client)
        if let refusal = RateLimitFields.refusal(record.allowances) { return problem(refusal, record) }
        switch resolution {
        case .events:
            record.route = RouteTable.eventsPath
            return await events(request, &record)
        case .operation(let mounted, let parameters):
            (record.route, record.operation) = (mounted.route, mounted.description.name)
            return await answer(request, mounted.description, parameters, &record)
        case .options(let allow):
            let fields = crossOrigin.preflight(request, allow)
            return HTTPResponse(status: 204, headers: [("Allow", allow.joined(separator: ", "))] + fields)
        case .methodNotAllowed(let allow):
            let methods = allow.joined(separator: ", ")
            let failure = Failure(.methodNotAllowed, "This path answers \(methods).")
            return ProblemDetails.response(Refused(failure), trace: record.trace, headers: [("Allow", methods)])
        case .unmet(let service):
            return problem(Failure(.unavailable, "The service \"\(service)\" is not there yet.", retryAfter: 1), record)
        case .notFound, .page:
            return problem(Failure(.notFound, "Nothing is at this path. What there is: /docs."), record)
        }
    }

    private func answer(
        _ request: HTTPRequest,
        _ operation: OperationDescription,
        _ parameters: [(name: String, text: String)],
        _ record: inout RequestRecord
    ) async -> HTTPResponse {
        let terms = CallTerms(deadline: .after(timeout(of: operation)), trace: record.trace)
        do throws(Refused) {
            try Accept.check(request.headers, for: operation)
            let credentials = try Credentials.read(request.headers)
            let principal = try await authenticator.admit(credentials, to: operation, terms)
            record.subject = principal?.subject
            try count(operation, principal, &record)
            return try await call(operation, request, parameters, as: principal, terms, from: record.client)
        } catch {
            return ProblemDetails.response(error, trace: record.trace)
        }
    }

    func count(
        _ operation: OperationDescription,
        _ principal: Principal?,
        _ record: inout RequestRecord
    ) throws(Refused) {
        let taken = allowances.take(
            operation.name,
            as: principal?.subject,
            isKey: principal?.kind == .apiKey,
            from: record.client
        )
        record.allowances += taken
        if let refusal = RateLimitFields.refusal(taken) { throw Refused(refusal) }
    }

    private func call(
        _ operation: OperationDescription,
        _ request: HTTPRequest,
        _ parameters: [(name: String, text: String)],
        as principal: Principal?,
        _ terms: CallTerms,
        from client: String
    ) async throws(Refused) -> HTTPResponse {
        do {
            let key = try IdempotencyKey.read(request.headers)
            let conditions = try Conditions(request, of: operation, areRequired: requiresConditions)
            let input = RequestInput(
                operation: operation,
                pathParameters: parameters,
                request: request,
                conditions: conditions
            )
            let payload = try await input.payload()
            let claim = try keysInFlight.claim(key, of: principal, from: client, for: operation)
            defer { keysInFlight.release(claim) }
            let reply = try await nodes.call(operation.name) { node in
                try await node.ask(
                    operation.name,
                    payload: payload,
                    as: principal,
                    idempotencyKey: key,
                    isIdempotent: operation.isIdempotent,
                    deadline: terms.deadline,
                    trace: terms.trace,
                    client: client
                )
            }
            let answer = try await AnswerHeaders(operation: operation, conditions: conditions, query: request.query)
                .dress(try OperationReply.response(reply.payload, of: operation), isRepeat: reply.isRepeat)
            return await LinesAnswer.written(answer, of: operation, for: request)
        } catch let failure as Failure {
            throw Refused(failure)
        } catch {
            throw Refused(Failure(.cancelled, "The request was given up."))
        }
    }

    /// An operation can ask for less time than the gateway gives, not for more.
    private func timeout(of operation: OperationDescription) -> Duration {
        operation.limits.timeoutMilliseconds.map { min(.milliseconds(max(0, $0)), requestTimeout) } ?? requestTimeout
    }

    private func problem(_ failure: Failure, _ record: RequestRecord) -> HTTPResponse {
        ProblemDetails.response(Refused(failure), trace: record.trace)
    }
}
