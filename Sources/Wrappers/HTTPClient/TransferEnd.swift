// How a transfer ended, before HTTP or SMTP gives it a meaning.
import CCurl

enum TransferEnd: Sendable {
    /// libcurl ended it, well (`CURLE_OK`) or not.
    case ended(CURLcode)
    /// The calling task was cancelled; the connection was closed.
    case cancelled
    /// As many transfers were under way as the loop allows; nothing was sent.
    case overloaded
}

extension CURLcode {
    /// Codes that mean: no trusted TLS connection.
    var isTLS: Bool {
        [
            CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED,
        ].contains(self)
    }

    /// Codes that mean: the other side went away in the middle.
    var isConnectionLoss: Bool {
        [CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE].contains(self)
    }
}
