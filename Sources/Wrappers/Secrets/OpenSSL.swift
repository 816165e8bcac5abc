// The one place where results of libcrypto calls become Swift.
//
// Digests, HMAC and cipher set-up with arguments of our own making can fail only by a bug of ours or without memory:
// those trap here. What can fail by its input (a tag that does not match, no entropy) is handled where it is called.
import COpenSSL

enum OpenSSL {
    /// Traps unless a libcrypto call that cannot fail by its input returned 1.
    static func check(_ status: Int32, _ call: StaticString) {
        precondition(status == 1, "libcrypto: \(call) failed")
    }

    /// Forgets errors queued on this thread, so that a refused input leaves no trace for the next caller.
    static func forgetErrors() {
        ERR_clear_error()
    }

    /// A length as the `int` of older libcrypto calls; callers bound their inputs far below 2 GiB.
    static func length(_ count: Int) -> Int32 {
        Int32(count)
    }
}
