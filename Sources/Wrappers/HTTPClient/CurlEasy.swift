// One libcurl easy handle with everything it owns, freed together.
//
// Strings are refused where they hold a NUL, because C would see a shorter one: a check made on the Swift string must
// hold for what libcurl sends. Settings that libcurl refuses are bugs of ours (or no memory) and trap.
import CCurl

@safe final class CurlEasy {
    let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []

    init() {
        CurlGlobal.start()
        guard let handle = unsafe curl_easy_init() else { preconditionFailure("libcurl: out of memory") }
        unsafe self.handle = unsafe handle
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        while let list = unsafe lists.popLast() { unsafe curl_slist_free_all(list) }
    }

    /// The address of the handle: unique among live handles.
    var id: UInt { unsafe UInt(bitPattern: handle) }

    func set(_ option: CURLoption, _ value: String) {
        precondition(!value.utf8.contains(0), "NUL in a libcurl option")
        check(unsafe shim_easy_set_string(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: Int) {
        check(unsafe shim_easy_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = unsafe curl_slist_append(list, value) else { preconditionFailure("libcurl: no memory") }
            unsafe list = unsafe longer
        }
        guard let list = unsafe list else { return }
        unsafe lists.append(list)
        check(unsafe shim_easy_set_list(handle, option, list))
    }

    /// Sends a copy of `body`.
    func setBody(_ body: [UInt8]) {
        check(unsafe shim_easy_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        unsafe body.withUnsafeBytes { bytes in
            var nothing: UInt8 = 0
            unsafe withUnsafePointer(to: &nothing) { empty in
                let start = unsafe bytes.baseAddress ?? UnsafeRawPointer(empty)
                check(unsafe shim_easy_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start))
            }
        }
    }

    func setUploadSize(_ count: Int) {
        check(unsafe shim_easy_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(count)))
    }

    /// The status of the last answer: HTTP or SMTP; 0 where there was none.
    var responseCode: Int {
        unsafe shim_easy_get_long(handle, CURLINFO_RESPONSE_CODE)
    }

    /// The verdict of OpenSSL on the server's certificate is that its time is over (`X509_V_ERR_CERT_HAS_EXPIRED`).
    var saysExpired: Bool { unsafe shim_easy_get_long(handle, CURLINFO_SSL_VERIFYRESULT) == 10 }

    /// What is said of the server's own certificate, `Name:value` each; nothing where `CURLOPT_CERTINFO` was not set.
    var certificate: [String] {
        var lines: [String] = []
        var entry = unsafe shim_easy_get_certificate(handle)
        while let found = unsafe entry {
            if let text = unsafe found.pointee.data { unsafe lines.append(String(cString: text)) }
            unsafe entry = unsafe UnsafePointer(found.pointee.next)
        }
        return lines
    }

    func check(_ result: CURLcode) {
        precondition(result == CURLE_OK, "libcurl refused an option: \(result.rawValue)")
    }
}

enum CurlGlobal {
    private static let result: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// Initialises libcurl once for the process; `static let` makes that safe from any thread.
    static func start() {
        precondition(result == CURLE_OK, "libcurl: cannot start")
    }
}
