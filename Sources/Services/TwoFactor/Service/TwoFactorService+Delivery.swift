// Sending codes: to the user's confirmed contact to log in, to a new address to prove that it is the user's.
//
//     charge the delivery ─> deliver ─> store (and so end the code before it)
//
// Where delivering fails nothing is stored, the charge stays, and the answer says so.

internal import Bus
internal import Contracts
internal import Logging
internal import Secrets

extension TwoFactorService {
    func generate(
        _ request: TwoFactorOperations.GenerateRequest,
        _ context: CallContext
    ) async throws -> TwoFactorOperations.Delivery {
        let user = try user(named: request.username, context)
        return try await send(.login, to: nil, user, context, asked: request)
    }

    func contact(
        _ request: TwoFactorOperations.ContactRequest,
        _ context: CallContext
    ) async throws -> TwoFactorOperations.Delivery {
        let user = try user(context)
        try requireFreshFactor(context)
        return try await send(.contact, to: try Self.contact(request), user, context, asked: request)
    }

    private static func contact(_ request: TwoFactorOperations.ContactRequest) throws(Failure) -> Contact {
        switch (request.email, request.phone) {
        case (let email?, nil):
            guard let contact = Contact(email: email) else { throw .invalid("email", "must be a plain e-mail address") }
            return contact
        case (nil, let phone?):
            guard let contact = Contact(phone: phone) else {
                throw .invalid("phone", "must be like +4930123456 (E.164)")
            }
            return contact
        default: throw Failure(.invalidRequest, "Send either email or phone.")
        }
    }

    /// Sends a code and remembers it; `address` is nil for the confirmed contact.
    private func send(
        _ purpose: Challenge.Purpose,
        to address: Contact?,
        _ user: AccountName,
        _ context: CallContext,
        asked request: some Encodable
    ) async throws -> TwoFactorOperations.Delivery {
        let (contact, channel) = try await chargeDelivery(user, to: address, for: purpose, in: session(context))
        let code = try randomness.digits(configuration.digits.rawValue)
        try await deliver(code, to: contact, user)
        let id = Base64URL.encode(try randomness.bytes(16))
        let now = clock.now()
        let challenge = Challenge(
            id: id,
            codeHash: vault.hash(code, id, user),
            contact: contact,
            sentAt: now,
            expiresAt: now + configuration.codeLifetime,
            session: session(context)
        )
        let answer = TwoFactorOperations.Delivery(
            expiresAt: challenge.expiresAt,
            deliveredTo: Self.name(of: channel, contact)
        )
        let note = success(user, context, factor: channel.rawValue)
        let receipt = try receipt(for: answer, to: request, context)
        try await store.record(user) { account, notes in
            guard account.active != nil else { throw Self.notEnabled }
            account.challenges[purpose] = challenge
            notes.append(note)
            notes.receipt = receipt
        }
        return answer
    }

    /// Where a code goes, once the pause and the day's number allow one more, of this user and of the address.
    ///
    /// What strangers have sent, to the user with no more than his password or to his address from accounts of their own, is no reason to
    /// keep his code from a session that has shown a factor before.
    private func chargeDelivery(
        _ user: AccountName,
        to address: Contact?,
        for purpose: Challenge.Purpose,
        in session: String?
    ) async throws -> (contact: Contact?, channel: DeliveryChannel) {
        let (policy, now, delivery) = (configuration.deliveries, clock.now(), delivery)
        let way = try await store.update(user) { account in
            guard account.active != nil else { throw Self.notEnabled }
            let contact = address ?? account.contact
            guard let channel = delivery.channel(to: contact) else { throw Self.unreachable(contact) }
            let isKnown = account.isKnown(session)
            let budget = isKnown ? \Account.knownDeliveries : \Account.deliveries
            if let wait = account[keyPath: budget].claim(policy, now: now) { throw Self.tooSoon(wait) }
            return (contact: contact, channel: channel, isOwn: isKnown && purpose == .login)
        }
        // A user of many accounts must not be able to flood one address: what it may get is counted apart from who asks.
        if let key = way.contact?.budgetKey,
            let wait = try await store.claimDelivery(
                to: way.isOwn ? "\(user.text) \(key)" : key,
                configuration.addressDeliveries,
                now: now
            )
        {
            throw Self.tooSoon(wait)
        }
        return (way.contact, way.channel)
    }

    private func deliver(_ code: String, to contact: Contact?, _ user: AccountName) async throws(Failure) {
        let message = CodeMessage(
            user: user,
            code: code,
            contact: contact,
            issuer: configuration.issuer,
            lifetimeMinutes: configuration.codeLifetime / 60
        )
        do {
            try await delivery.deliver(message)
        } catch {
            logger.warning(
                "a code could not be delivered",
                metadata: ["2fa.user": "\(user.text)", "2fa.reason": "\(error)"]
            )
            throw Self.failure(for: error)
        }
    }

    private static func failure(for error: DeliveryError) -> Failure {
        switch error {
        case .refused:
            Failure(.deliveryFailed, "The code was not accepted for delivery. It is void; use your app instead.")
        case .unreachable:
            Failure(
                .unavailable,
                "The code could not be handed over in time. Should it arrive, it is void; try again later."
            )
        }
    }

    private static func unreachable(_ contact: Contact?) -> Failure {
        contact == nil
            ? Failure(.conflict, "No address is confirmed to send codes to: use the codes of your app.")
            : Failure(.invalidRequest, "Codes are not sent to this kind of address here.")
    }

    private static func tooSoon(_ seconds: Int64) -> Failure {
        Failure(.tooManyRequests, "A code was sent already: wait \(seconds) seconds.", retryAfter: Int(seconds))
    }

    private static func name(of channel: DeliveryChannel, _ contact: Contact?) -> String {
        switch channel {
        case .log: "the log of the 2FA service"
        case .sink: contact?.masked ?? "a test"
        case .email, .sms: contact?.masked ?? ""
        }
    }
}
