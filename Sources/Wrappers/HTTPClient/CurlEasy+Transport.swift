// What HTTP and SMTP have in common below the protocol: time, trust, and nothing taken from the environment.
import CCurl

extension CurlEasy {
    func setTransport(timeout: Duration, authorityFile: String?) {
        set(CURLOPT_NOSIGNAL, 1)
        // A name look-up that hangs must not hold up the loop when its transfer is given up.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NETRC, 0)
        set(CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // Replaces the bundle only: the directory of hashed authorities that libcurl was built with stays in use.
        if let authorityFile { set(CURLOPT_CAINFO, authorityFile) }
    }
}

extension Duration {
    /// 1 millisecond to 1 day: libcurl takes 0 for "no limit".
    var wholeMilliseconds: Int {
        let bounded = Swift.min(Swift.max(self, .milliseconds(1)), .seconds(86_400)).components
        return Int(bounded.seconds) * 1000 + Int(bounded.attoseconds / 1_000_000_000_000_000)
    }
}
