// From a request to a libcurl handle: checks first, settings after.
import CCurl

extension OutboundRequest {
    func validate() throws(HTTPClientError) {
        guard Self.isAcceptable(url: url) else { throw .malformedURL }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenCharacter),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw .malformedHeader(name: name) }
        }
        if let basicAuthentication {
            let both = (basicAuthentication.user + basicAuthentication.password).utf8
            guard !both.contains(0), !basicAuthentication.user.utf8.contains(UInt8(ascii: ":")) else {
                throw .malformedCredentials
            }
        }
    }

    func easyHandle(_ configuration: HTTPClient.Configuration) -> CurlEasy {
        let easy = CurlEasy()
        easy.set(CURLOPT_URL, url)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        easy.set(CURLOPT_FOLLOWLOCATION, 0)
        easy.setTransport(timeout: timeout, authorityFile: configuration.authorityFile)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        // What looks at a transfer that moves nothing, each second, is this limit; what ends it in time is `Stall`.
        if let stall = configuration.stallTimeout {
            easy.set(CURLOPT_LOW_SPEED_LIMIT, 1)
            easy.set(CURLOPT_LOW_SPEED_TIME, max(1, (stall.wholeMilliseconds + 999) / 1000))
        }
        easy.set(CURLOPT_FRESH_CONNECT, mayReuseConnection ? 0 : 1)
        easy.set(CURLOPT_FORBID_REUSE, mayReuseConnection ? 0 : 1)
        easy.set(CURLOPT_CERTINFO, wantsCertificate ? 1 : 0)
        setMethodAndBody(easy)
        easy.set(CURLOPT_HTTPHEADER, headerLines)
        if let basicAuthentication {
            easy.set(CURLOPT_HTTPAUTH, shim_basic_authentication)
            easy.set(CURLOPT_USERNAME, basicAuthentication.user)
            easy.set(CURLOPT_PASSWORD, basicAuthentication.password)
        }
        return easy
    }

    private func setMethodAndBody(_ easy: CurlEasy) {
        if method == .head { easy.set(CURLOPT_NOBODY, 1) }
        let carriesBody = [.post, .put, .patch].contains(method)
        if body != nil || carriesBody { easy.setBody(body ?? []) }
        if method != .head { easy.set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
    }

    /// The caller's headers, without those that libcurl would add by itself: a form's content type and `Expect`.
    private var headerLines: [String] {
        let lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let hasType = headers.contains { $0.name.lowercased() == "content-type" }
        return lines + ["Expect:"] + (hasType ? [] : ["Content-Type:"])
    }

    private static func isAcceptable(url: String) -> Bool {
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        guard let parts = unsafe curl_url() else { return false }
        defer { unsafe curl_url_cleanup(parts) }
        guard unsafe curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK else { return false }
        let scheme = Substring(url.utf8.prefix { $0 != UInt8(ascii: ":") }).lowercased()
        let hasUser = unsafe has(CURLUPART_USER, parts) || has(CURLUPART_PASSWORD, parts)
        return ["http", "https"].contains(scheme) && !hasUser
    }

    private static func has(_ part: CURLUPart, _ parts: OpaquePointer) -> Bool {
        var text: UnsafeMutablePointer<CChar>?
        defer { unsafe curl_free(text) }
        return unsafe curl_url_get(parts, part, &text, 0) == CURLUE_OK
    }

    /// RFC 9110 §5.6.2.
    private static func isTokenCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(character)
        }
    }
}
