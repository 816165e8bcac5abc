// From a server and a mail to a libcurl handle: checks first, settings after.
import CCurl

extension SMTPServer {
    func validate() throws(SMTPError) {
        let isHost =
            !host.isEmpty
            && host.utf8.allSatisfy { character in
                (0x21...0x7E).contains(character) && !"/@?#%\\".utf8.contains(character)
            }
        guard isHost, (1...65_535).contains(port) else { throw .malformedServer }
        guard let credentials else { return }
        guard !(credentials.user + credentials.password).utf8.contains(0) else { throw .malformedServer }
        guard security != .none else { throw .passwordNeedsTLS }
    }

    func easyHandle(_ mail: Mail, byteCount: Int) -> CurlEasy {
        let easy = CurlEasy()
        // The path is the name to greet with; the sender's domain, so that the name of this host stays here.
        easy.set(CURLOPT_URL, "smtp://\(host):\(port)/\(mail.from.domain)")
        easy.set(CURLOPT_PROTOCOLS_STR, "smtp")
        easy.setTransport(timeout: timeout, authorityFile: authorityFile)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, timeout.wholeMilliseconds / 1000))
        easy.set(CURLOPT_USE_SSL, Int(useTLS.rawValue))
        easy.set(CURLOPT_FORBID_REUSE, 1)
        easy.set(CURLOPT_MAIL_FROM, "<\(mail.from.text)>")
        easy.set(CURLOPT_MAIL_RCPT, ["<\(mail.to.text)>"])
        easy.set(CURLOPT_UPLOAD, 1)
        easy.setUploadSize(byteCount)
        // Makes libcurl call the debug callback, which shows the commands; nothing is printed.
        easy.set(CURLOPT_VERBOSE, 1)
        if let credentials {
            easy.set(CURLOPT_USERNAME, credentials.user)
            easy.set(CURLOPT_PASSWORD, credentials.password)
        }
        return easy
    }

    private var useTLS: curl_usessl {
        switch security {
        case .required: CURLUSESSL_ALL
        case .ifOffered: credentials == nil ? CURLUSESSL_TRY : CURLUSESSL_ALL
        case .none: CURLUSESSL_NONE
        }
    }
}
