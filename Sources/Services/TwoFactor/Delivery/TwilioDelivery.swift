// Sends codes by SMS, through Twilio's HTTP API or whatever speaks it:
//
//     POST {base}/2010-04-01/Accounts/{sid}/Messages.json      basic authentication: sid, token
//     To=%2B4930123456&From=%2B15005550006&Body=…              ─> 201 {"sid":"SM…","status":"queued",…}
//
// A connection is not reused and a request not repeated: a second SMS costs money and would bring a void code.

package import HTTPClient

package struct TwilioDelivery: CodeDelivery {
    private let url: String
    private let credentials: Credentials
    private let sender: String
    private let timeout: Duration
    private let client: HTTPClient

    /// `baseURL` without a slash at its end; `credentials` are the account's SID and token; `sender` is the number or sender id.
    package init(
        baseURL: String,
        credentials: Credentials,
        from sender: String,
        timeout: Duration = .seconds(15),
        client: HTTPClient = HTTPClient()
    ) {
        url = "\(baseURL)/2010-04-01/Accounts/\(PercentEncoding.encode(credentials.user))/Messages.json"
        self.credentials = credentials
        self.sender = sender
        self.timeout = timeout
        self.client = client
    }

    package func channel(to contact: Contact?) -> DeliveryChannel? {
        guard case .phone? = contact else { return nil }
        return .sms
    }

    package func deliver(_ message: CodeMessage) async throws(DeliveryError) {
        guard case .phone(let number)? = message.contact else { throw .refused }
        let response: OutboundResponse
        do {
            response = try await client.send(request(to: number, message.text))
        } catch {
            throw .unreachable
        }
        switch response.status {
        case 200...299: return
        case 500...599: throw .unreachable
        default: throw .refused
        }
    }

    private func request(to number: String, _ text: String) -> OutboundRequest {
        let fields = [("To", number), ("From", sender), ("Body", text)]
        let form = fields.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        var request = OutboundRequest(
            .post,
            url,
            headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")],
            body: Array(form.utf8),
            timeout: timeout,
            basicAuthentication: credentials
        )
        request.mayReuseConnection = false
        return request
    }
}
