// The C functions that libmicrohttpd calls, on the loop's thread. They translate and carry out; `ServerCore` decides.
//
//     notify   opened                       makes the connection's `Inlet`; closed: lets go of it
//     begin    request line is there        makes the `Exchange`, retained in the connection's context pointer
//     access   1st call: head is there      then once per piece of body
//              last call: size 0            hands over; answers, or suspends: after the resume it is called again, and answers
//     end      answered or broken off       releases the `Exchange`

import CMicroHTTPD
import Logging

enum DaemonCallbacks {
    typealias Begin =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer?
    typealias End =
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
            MHD_RequestTerminationCode
        ) -> Void
    typealias Notify =
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
            MHD_ConnectionNotificationCode
        ) -> Void
    typealias Log = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void

    static let notify: Notify = { context, connection, _, code in
        guard let core = unsafe seen(context)?.core, let connection = unsafe connection else { return }
        let socket = unsafe fountain_socket(connection)
        switch code {
        case .CONNECTION_NOTIFY_STARTED: core.opened(socket, unsafe HeadReader.address(of: connection))
        default: if let inlet = Inlets.find(socket) { core.closed(inlet) }
        }
    }

    static let begin: Begin = { context, target, connection in
        guard let daemon = unsafe seen(context)?.daemon, let target = unsafe target,
            let connection = unsafe connection
        else { return nil }
        let place = unsafe Connection(connection, of: daemon)
        let exchange = unsafe daemon.core.begin(target: String(cString: target), connection: place)
        return unsafe Unmanaged.passRetained(exchange).toOpaque()
    }

    static let end: End = { context, connection, slot, _ in
        guard let exchange = unsafe slot?.pointee else { return }
        unsafe slot?.pointee = nil
        let over = unsafe Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue()
        unsafe seen(context)?.core.ended(over)
        if let connection = unsafe connection {
            Inlets.find(unsafe fountain_socket(connection))?.end(now: Doorkeeper.now)
        }
    }

    static let log: Log = { context, line in
        guard let core = unsafe seen(context)?.core, let line = unsafe line else { return }
        // Debug: most of what it says is said about clients, and clients are many.
        let text = unsafe String(cString: line)
        let said = String(text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" })
        core.logger.debug("libmicrohttpd", metadata: ["http.message": "\(said)"])
    }

    static let access: MHD_AccessHandlerCallback = {
        context,
        connection,
        url,
        method,
        version,
        body,
        bodyCount,
        slot in
        guard let core = unsafe seen(context)?.core, let connection = unsafe connection,
            let url = unsafe url, let method = unsafe method, let version = unsafe version,
            let bodyCount = unsafe bodyCount, let opaque = unsafe slot?.pointee
        else { return .NO }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(opaque).takeUnretainedValue()
        let step: ServerCore.Step
        let inlet = Inlets.find(unsafe fountain_socket(connection))
        if !exchange.hasHead {
            // Bytes that were not judged are nobody's request.
            guard inlet?.isFed == true else { return .NO }
            let head = unsafe HeadReader.read(
                connection,
                target: exchange.target,
                method: method,
                url: url,
                version: version
            )
            let first = core.receive(head, exchange)
            // libmicrohttpd would say `100 Continue`, take what follows for a body of no bytes, and leave without the answer.
            if case .proceed = first, head.waitsForNothing { step = core.resume(exchange) } else { step = first }
        } else if unsafe bodyCount.pointee > 0 {
            step = unsafe core.receive(UnsafeRawBufferPointer(start: body, count: bodyCount.pointee), exchange)
            unsafe bodyCount.pointee = 0
        } else {
            step = core.resume(exchange)
        }
        return unsafe carryOut(step, core, exchange, inlet, connection)
    }

    private static func carryOut(
        _ step: ServerCore.Step,
        _ core: ServerCore,
        _ exchange: Exchange,
        _ inlet: Inlet?,
        _ connection: OpaquePointer
    ) -> MHD_Result {
        switch step {
        case .proceed:
            return .YES
        case .handle(let request):
            let now = Doorkeeper.now
            core.handle(request, exchange, arrived: inlet?.arrival(now: now) ?? now)
            // Most of what needs nobody else is answered by now; the rest is resumed on this thread, so never before it is suspended.
            if exchange.suspend() {
                unsafe exchange.connection.daemon.suspend(connection)
                return .YES
            }
            return unsafe carryOut(core.resume(exchange), core, exchange, inlet, connection)
        case .respond(let response, let thenClose):
            let isLast = thenClose || response.stream != nil
            if isLast { inlet?.answerLast(now: Doorkeeper.now) }
            if let stream = response.stream, let inlet { core.begins(stream, on: inlet) }
            return unsafe ResponseWriter.queue(response, thenClose: isLast, on: connection, of: exchange)
        case .breakOff(let response):
            inlet?.answerLast(now: Doorkeeper.now)
            unsafe ResponseWriter.writeThrough(response, to: connection)
            return .NO
        }
    }

    private static func seen(_ pointer: UnsafeMutableRawPointer?) -> DaemonContext? {
        unsafe pointer.map { unsafe Unmanaged<DaemonContext>.fromOpaque($0).takeUnretainedValue() }
    }
}
