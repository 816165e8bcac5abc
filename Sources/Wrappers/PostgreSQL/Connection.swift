// One connection to a PostgreSQL server: opened, asked, closed with its last reference. Everything goes through a pipeline.
//
//     prepare · execute · execute · sync ──> one packet ──> reply · reply · reply · reply
//
// What is sent is queued here and by libpq, and nothing waits for the server until a reply is asked for; replies come in the order of what was
// sent. After one that failed all that follow up to the `sync` are skipped by the server. Whether the server has done what it did not answer
// for is not known: a connection that is lost, or late, is closed and never cancelled (a cancelled COMMIT answers that it is done, and no standby has it).
//
// One thread at a time. It knows nothing of transactions, of what tables there are, or of who asks.

internal import CPostgreSQL

@safe package final class Connection {
    private enum Sent { case preparation, execution, sync }

    private let handle: OpaquePointer
    private var sent: [Sent] = []
    private var first = 0
    private var isFlushRequested = true
    /// Warnings that the server has sent: after a COMMIT one means that it is not as durable as it should be.
    package fileprivate(set) var warnings: [String] = []
    /// Of its host, when it was chosen (`Chooser`): each promotion of a standby begins another one.
    package internal(set) var timeline: Int64 = 0

    init(owning handle: OpaquePointer) throws(PostgreSQLError) {
        unsafe self.handle = handle
        // Unretained: the receiver ends with the connection that this object closes.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe PQsetNoticeReceiver(
            handle,
            { context, notice in
                guard let context = unsafe context, let notice = unsafe notice else { return }
                guard let kind = unsafe PQresultErrorField(notice, Int32(UInt8(ascii: "V"))),
                    unsafe String(cString: kind) == "WARNING",
                    let text = unsafe PQresultErrorField(notice, Int32(UInt8(ascii: "M")))
                else { return }
                let connection = unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
                connection.warnings.append(unsafe String(cString: text))
            },
            me
        )
        guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
    }

    deinit { unsafe PQfinish(handle) }

    /// Has a statement compiled under a name, its parameters of these types.
    package func prepare(_ name: String, _ text: String, _ types: [UInt32]) throws(PostgreSQLError) {
        guard unsafe PQsendPrepare(handle, name, text, Int32(types.count), types) == 1 else { throw lost() }
        note(.preparation)
    }

    /// Has a compiled statement run.
    package func execute(_ name: String, _ values: [Parameter]) throws(PostgreSQLError) {
        var texts = CTexts()
        for value in values { texts.add(value) }
        let (lengths, formats) = (texts.lengths, values.map { _ in Int32(1) })
        let isSent = unsafe texts.withPointers { pointers in
            unsafe PQsendQueryPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 1)
        }
        guard isSent == 1 else { throw lost() }
        note(.execution)
    }

    /// Ends what belongs together: what failed before it does not touch what comes after.
    package func sync() throws(PostgreSQLError) {
        guard unsafe PQpipelineSync(handle) == 1 else { throw lost() }
        note(.sync)
        // A sync makes the server send what it has.
        isFlushRequested = true
    }

    /// Sent, and not asked for yet.
    package var awaited: Int { sent.count - first }

    package enum Reply {
        case prepared
        case answer(Answer)
        case failed(PostgreSQLError)
        /// Not done, since something before it failed.
        case skipped
        case synced
    }

    /// The reply to what was sent first of all that is awaited.
    ///
    /// - Throws: `PostgreSQLError`: `lost`, and `late` at the deadline; the connection is of no use then.
    package func reply(until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> Reply {
        precondition(awaited > 0, "nobody answers what nobody asked")
        if !isFlushRequested {
            guard unsafe PQsendFlushRequest(handle) == 1 else { throw lost() }
            isFlushRequested = true
        }
        let reply = try next(until: deadline)
        if sent[first] == .sync {
            forget()
            return reply
        }
        // Behind each statement's result stands an end; a sync has none.
        while let more = unsafe try result(until: deadline) { unsafe PQclear(more) }
        forget()
        return reply
    }

    private func next(until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> Reply {
        guard let result = unsafe try result(until: deadline) else { throw lost() }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK: return unsafe Self.answer(owning: result)
        case PGRES_COMMAND_OK where sent[first] == .execution: return unsafe Self.answer(owning: result)
        case PGRES_COMMAND_OK:
            unsafe PQclear(result)
            return .prepared
        case PGRES_PIPELINE_ABORTED:
            unsafe PQclear(result)
            return .skipped
        case PGRES_PIPELINE_SYNC:
            unsafe PQclear(result)
            return .synced
        default:
            defer { unsafe PQclear(result) }
            let error = unsafe Self.error(of: result)
            guard error.kind != .lost else { throw error }
            return .failed(error)
        }
    }

    private static func answer(owning result: OpaquePointer) -> Reply {
        do { return .answer(try unsafe Answer(owning: result)) } catch { return .failed(error) }
    }

    /// The next result, once it is here whole.
    private func result(until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> OpaquePointer? {
        while true {
            // What is not out yet has no answer; and the server reads on only while we read what it has written.
            let unsent = unsafe PQflush(handle)
            guard unsent >= 0 else { throw lost() }
            if unsent == 0, unsafe PQisBusy(handle) == 0 { return unsafe PQgetResult(handle) }
            let descriptor = unsafe PQsocket(handle)
            guard Socket.wait(descriptor, reading: true, writing: unsent > 0, until: deadline) else {
                throw PostgreSQLError(.late, "the server has not answered in time")
            }
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    private func note(_ item: Sent) {
        sent.append(item)
        isFlushRequested = false
    }

    private func forget() {
        first += 1
        if first == sent.count { (sent, first) = ([], 0) }
    }

    private func lost() -> PostgreSQLError {
        guard let text = unsafe PQerrorMessage(handle) else { return PostgreSQLError(.lost, "the connection is lost") }
        return unsafe PostgreSQLError(.lost, String(cString: text))
    }

    private static func error(of result: OpaquePointer) -> PostgreSQLError {
        func field(_ letter: Unicode.Scalar) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(letter.value)) else { return nil }
            return unsafe String(cString: text)
        }
        return PostgreSQLError(
            state: field("C"),
            message: field("M") ?? "the connection is lost",
            constraint: field("n")
        )
    }
}

extension Connection {
    /// One statement without parameters, by itself: for what is asked once.
    ///
    /// - Throws: `PostgreSQLError`.
    package func ask(_ text: String, until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> Answer {
        try prepare("", text, [])
        try execute("", [])
        try sync()
        var (answer, failure): (Answer?, PostgreSQLError?)
        while awaited > 0 {
            switch try reply(until: deadline) {
            case .answer(let given): answer = given
            case .failed(let error): failure = failure ?? error
            case .prepared, .skipped, .synced: break
            }
        }
        if let failure { throw failure }
        guard let answer else { throw PostgreSQLError(.other, "no answer came") }
        return answer
    }

    /// Any number of statements that answer nothing, outside the pipeline; nothing may be awaited.
    ///
    /// - Returns: What the first that failed says; none after it has run.
    /// - Throws: `PostgreSQLError`: `lost` and `late`.
    package func script(_ text: String, until deadline: ContinuousClock.Instant) throws(PostgreSQLError)
        -> PostgreSQLError?
    {
        guard awaited == 0, unsafe PQexitPipelineMode(handle) == 1, unsafe PQsendQuery(handle, text) == 1 else {
            throw lost()
        }
        var failure: PostgreSQLError?
        while let result = unsafe try result(until: deadline) {
            if failure == nil, unsafe PQresultStatus(result) == PGRES_FATAL_ERROR {
                failure = unsafe Self.error(of: result)
            }
            unsafe PQclear(result)
        }
        if let failure, failure.kind == .lost { throw failure }
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
        return failure
    }
}
