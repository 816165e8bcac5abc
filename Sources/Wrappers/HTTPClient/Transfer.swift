// One libcurl transfer on its way: the handle, and the Swift side of its callbacks.
//
//     task: build ──submit──> loop thread: callbacks … removed from the loop ──resume──> task: read the outcome
import CCurl

/// Takes what libcurl receives and gives what it sends; called on the loop thread only.
protocol TransferHandler: AnyObject {
    /// One line of a header or of a dialogue, with its line end.
    func received(line: [UInt8])
    /// Bytes of the body; false ends the transfer.
    func received(body: [UInt8]) -> Bool
    /// A line that was sent before the body (SMTP commands).
    func sent(line: [UInt8])
    /// At most `limit` further bytes to upload; empty at the end.
    func upload(atMost limit: Int) -> ArraySlice<UInt8>
}

extension TransferHandler {
    func received(body: [UInt8]) -> Bool { true }
    func sent(line: [UInt8]) {}
    func upload(atMost limit: Int) -> ArraySlice<UInt8> { [] }
}

// @unchecked because one thread at a time owns it: the task that builds it, the loop, then that task again; the
// loop's mutex and the continuation order these hand-overs.
final class Transfer: @unchecked Sendable {
    let easy: CurlEasy
    private let handler: any TransferHandler
    private(set) var isCancelled = false
    private var stall: Stall?
    private(set) var hasStalled = false

    init(_ easy: CurlEasy, handler: any TransferHandler, stallTimeout: Duration? = nil) {
        self.easy = easy
        self.handler = handler
        stall = stallTimeout.map(Stall.init)
        connectCallbacks()
    }

    /// Makes libcurl end the transfer when it next looks at it; on the loop thread only.
    ///
    /// Not by removing the handle: an SMTP transfer that is removed gets its end-of-message sent, which would deliver
    /// half a mail, and waits for the answer. The response timeout bounds the wait for that to QUIT.
    func cancel() {
        isCancelled = true
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, 1)
    }

    /// libcurl asks at each byte, and every second where there are none.
    private func goesOn(_ moved: Int64) -> Bool {
        hasStalled = stall?.isOver(moved: moved, at: .now) ?? false
        return !isCancelled && !hasStalled
    }

    private func connectCallbacks() {
        // Unretained: the loop holds the transfer for as long as libcurl may call.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let handle = unsafe easy.handle
        easy.check(
            unsafe shim_easy_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
                unsafe Transfer.at(context).handler.received(line: bytes(buffer, size * count))
                return size * count
            }
        )
        easy.check(
            unsafe shim_easy_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { buffer, size, count, context in
                // Any other count than that of the bytes given ends the transfer with CURLE_WRITE_ERROR.
                unsafe Transfer.at(context).handler.received(body: bytes(buffer, size * count)) ? size * count : 0
            }
        )
        easy.check(
            unsafe shim_easy_set_data_callback(handle, CURLOPT_READFUNCTION) { buffer, size, count, context in
                let chunk = unsafe Transfer.at(context).handler.upload(atMost: size * count)
                unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: chunk)
                return chunk.count
            }
        )
        easy.check(
            unsafe shim_easy_set_debug_callback(handle) { _, kind, buffer, count, context in
                guard kind == CURLINFO_HEADER_OUT else { return 0 }
                unsafe Transfer.at(context).handler.sent(line: bytes(buffer, count))
                return 0
            }
        )
        easy.check(
            unsafe shim_easy_set_progress_callback(handle) { context, _, received, _, sent in
                // Any other value than 0 ends the transfer with CURLE_ABORTED_BY_CALLBACK.
                unsafe Transfer.at(context).goesOn(Int64(received) + Int64(sent)) ? 0 : 1
            }
        )
        easy.set(CURLOPT_NOPROGRESS, 0)
        for option in [
            CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_DEBUGDATA, CURLOPT_XFERINFODATA,
        ] {
            easy.check(unsafe shim_easy_set_pointer(handle, option, context))
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context = unsafe context else { preconditionFailure("libcurl callback without its transfer") }
        return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}

private func bytes(_ start: UnsafeMutablePointer<CChar>?, _ count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
}
