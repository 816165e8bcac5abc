// The one place through which every result of libzmq passes.

internal import CZeroMQ

/// A call of libzmq that failed, by its name and errno.
package struct ZeroMQError: Error, Sendable, Equatable, CustomStringConvertible {
    package let call: String
    package let number: Int32

    package var description: String { unsafe "\(call): \(String(cString: zmq_strerror(number)))" }
}

/// Repeats a call that a signal has interrupted, and throws what else goes wrong.
@discardableResult  // the count that some calls return means nothing to those who only set up
func check(_ call: String, _ body: () -> Int32) throws(ZeroMQError) -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        let number = zmq_errno()
        guard number == fai_EINTR else { throw ZeroMQError(call: call, number: number) }
    }
}
