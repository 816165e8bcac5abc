// Whose a named consumer is. It holds its publisher's log back and says what may be pruned, so one peer must not speak for another's.
//
//   a name that begins with a peer's (`index`, `index.second`)     that peer's, whoever asks first
//   any other name                                                 the peer's that joined first
//   of a register from before owners were kept                     the same: the first of them that speaks
//
// Who a peer is the connection has proved (`CallContext.peer`). It refuses to guess: where nobody owns a name, who speaks for it does.

struct ConsumerOwnership: Sendable {
    /// Who speaks.
    let peer: String
    /// Whether there is a peer of that name.
    let isPeer: @Sendable (String) -> Bool

    /// The owner from now on.
    ///
    /// - Throws: `Failure` with `forbidden` where it is another than who speaks.
    func owner(of consumer: String, known: ConsumerPosition?) throws(Failure) -> String {
        let owner = known?.owner ?? namesake(of: consumer) ?? peer
        guard owner == peer else {
            throw Failure(.forbidden, "The consumer \"\(consumer)\" is \"\(owner)\"'s, and you are \"\(peer)\".")
        }
        return owner
    }

    /// The peer whose name a consumer's begins with. Without it, whoever came first could keep a service from its own topic.
    private func namesake(of consumer: String) -> String? {
        let name = String(decoding: consumer.utf8.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        return isPeer(name) ? name : nil
    }
}
