// Who may call and read what, by the topology's grants and by public keys; how keys are read, and how each has its turn.

import Testing

@testable import Bus

@Suite struct TrustTests {
    static let key = try? PeerKeyPair().publicKey
    static let other = try? PeerKeyPair().publicKey

    static func trust(call: [String] = [], subscribe: [String] = []) throws -> (Trust, user: String) {
        let key = try #require(key)
        let peer = Peer(publicKeys: [key], mayCall: call.map { Grant($0) }, maySubscribe: subscribe.map { Grant($0) })
        return (Trust(["ada": peer]), key.description)
    }

    static func code(_ trust: Trust, _ user: String, _ operation: String, _ access: Access?) -> ErrorCode? {
        do throws(Failure) {
            _ = try trust.check(user, mayCall: operation, access: access)
            return nil
        } catch { return error.code }
    }

    @Test(arguments: [
        (["kms.login"], "kms.login", Access.public, true), (["kms.*"], "kms.login", .public, true),
        (["kms.*"], "kms.keys.rotate", .role("admin"), true), (["kms.keys.*"], "kms.keys.rotate", .user, true),
        ([], "kms.login", .public, false), (["kms.logi"], "kms.login", .public, false),
        (["kms.keys.*"], "kms.login", .public, false), (["kms.*"], "kmsx.login", .public, false),
        (["*"], "kms.login", .public, false), (["kms*"], "kms.login", .public, false), ([""], "", .public, true),
        // What only peers may call is granted by its full name.
        (["kms.*"], "kms.tokens.stepup", .peer, false), (["kms.tokens.*"], "kms.tokens.stepup", .peer, false),
        (["kms.tokens.stepup"], "kms.tokens.stepup", .peer, true), (["bus.*"], "bus.stats", .peer, false),
        (["bus.stats"], "bus.stats", .peer, true),
        // What everybody may ask.
        ([], "bus.ping", .peer, true), ([], "bus.info", .peer, true), ([], "bus.replay", .peer, true),
        ([], "bus.consumers.join", .peer, true), ([], "bus.consumers.acknowledge", .peer, true),
        ([], "bus.consumers.remove", .peer, false),
    ])
    func `grants decide who may call`(grants: [String], operation: String, access: Access, isAllowed: Bool) throws {
        let (trust, user) = try Self.trust(call: grants)
        #expect(Self.code(trust, user, operation, access) == (isAllowed ? nil : .forbidden))
    }

    @Test func `an operation that is not there is nobody's secret to those who may call its family`() throws {
        let (trust, user) = try Self.trust(call: ["kms.*"])
        #expect(Self.code(trust, user, "kms.nothing", nil) == nil)
        #expect(Self.code(trust, user, "2fa.nothing", nil) == .forbidden)
    }

    @Test(arguments: [
        (["a.said"], "a.said", true), (["a.*"], "a.said", true), (["a.*"], "a.*", true), (["a.*"], "a.b*", true),
        ([], "a.said", false), (["a.said"], "a.*", false), (["a.said"], "a.said*", false),
        (["a.said"], "a.saids", false),
        (["a.b.*"], "a.*", false), (["a.*"], "*", false), (["a.*"], "a*", false),
    ])
    func `grants decide who may read`(grants: [String], pattern: String, isAllowed: Bool) throws {
        let (trust, user) = try Self.trust(subscribe: grants)
        #expect(trust.mayRead("ada", pattern) == isAllowed)
        #expect(!trust.mayRead("eve", pattern))
        // The same as ZeroMQ's filter: a topic ends with a zero byte, a family does not.
        let filter = pattern.hasSuffix("*") ? Array(pattern.dropLast().utf8) : Array(pattern.utf8) + [0]
        #expect(trust.mayFilter(user, filter[...]) == isAllowed)
        #expect(!trust.mayFilter("", filter[...]))
    }

    @Test func `a filter without its zero byte asks for a family`() throws {
        let (trust, user) = try Self.trust(subscribe: ["a.said"])
        #expect(trust.mayFilter(user, Array("a.said\0".utf8)[...]))
        #expect(trust.mayFilter(user, Array("a.said\0more".utf8)[...]))
        #expect(!trust.mayFilter(user, Array("a.said".utf8)[...]))
        #expect(!trust.mayFilter(user, []))
    }

    /// It is compared, on the loop, and its sender has the right to nothing.
    @Test func `a filter that takes the square of its length to compare is refused unread`() throws {
        let (trust, user) = try Self.trust(subscribe: ["a.*"])
        func filter(_ marks: Int) -> [UInt8] { Array("a.e\(String(repeating: "\u{316}", count: marks))\0".utf8) }
        #expect(trust.mayFilter(user, filter(30)[...]))
        #expect(!trust.mayFilter(user, filter(31)[...]))
    }

    @Test func `who is replaced is nobody from then on`() throws {
        let (trust, user) = try Self.trust(call: ["kms.*"], subscribe: ["a.*"])
        let (key, other) = (try #require(Self.key), try #require(Self.other))
        #expect(trust.user(of: key.bytes) == user && trust.name(of: user) == "ada")
        trust.replace(with: ["ada": Peer(publicKeys: [other], mayCall: [Grant("kms.*")])])
        #expect(trust.user(of: key.bytes) == nil && trust.name(of: user) == nil)
        #expect(Self.code(trust, user, "kms.login", .public) == .forbidden)
        #expect(Self.code(trust, user, "bus.ping", .peer) == .forbidden)
        #expect(Self.code(trust, other.description, "kms.login", .public) == nil)
        #expect(!trust.mayRead("ada", "a.said"))
        #expect(trust.revision == 1)
    }

    @Test(arguments: [
        "", "0", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "g", count: 64), String(repeating: "0", count: 62) + "é",
    ])
    func `what is no key is not read as one`(text: String) { #expect(PeerKey(text) == nil) }

    @Test func `a key is read as it is written, and a pair from its secret half`() throws {
        let pair = try PeerKeyPair()
        #expect(PeerKey(pair.publicKey.description.uppercased()) == pair.publicKey)
        #expect(PeerKeyPair(secret: pair.secretText)?.publicKey == pair.publicKey)
        #expect(PeerKeyPair(secret: "none") == nil)
        #expect(!"\(pair)".contains(pair.secretText))
    }

    @Test func `each key has its turn until one is right`() throws {
        let keys = [try #require(Self.key), try #require(Self.other)]
        var turns = KeyTurns()
        #expect([turns.next(), turns.next(), turns.next()] == [0, 1, 2])
        turns.succeeded()
        #expect([turns.next(), turns.next()] == [2, 3])
        #expect(KeyTurns.choose(2, from: keys) == keys[0] && KeyTurns.choose(3, from: keys) == keys[1])
        #expect(KeyTurns.choose(-1, from: keys) != nil && KeyTurns.choose(0, from: []) == nil)
    }
}
