// Secrets, sealed and opened: with the right key, purpose and place, and with nothing else, whichever bit was changed.

import Testing

@testable import Secrets

@Suite struct KeyringTests {
    let keyring: Keyring
    let place: AssociatedData = ["api_keys", "sealed", "service-a"]
    let secret = Array("a secret".utf8)

    init() throws {
        keyring = try .ephemeral()
    }

    @Test func `what was sealed opens`() throws {
        let sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        #expect(try keyring.open(sealed, purpose: "p", boundTo: place) == secret)
        #expect(try keyring.open(keyring.seal([], purpose: "p", boundTo: place), purpose: "p", boundTo: place) == [])
    }

    @Test func `one value seals to different bytes each time`() throws {
        let sealed = try (0..<50).map { _ in try keyring.seal(secret, purpose: "p", boundTo: place) }
        #expect(Set(sealed).count == 50)
    }

    @Test func `a change of any bit of any byte is noticed`() throws {
        let sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: SealError.self, "byte \(index) bit \(bit)") {
                    try keyring.open(changed, purpose: "p", boundTo: place)
                }
            }
        }
    }

    @Test func `a box cut anywhere or lengthened is refused`() throws {
        let sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        for length in sealed.indices {
            #expect(throws: SealError.self) {
                try keyring.open(Array(sealed.prefix(length)), purpose: "p", boundTo: place)
            }
        }
        #expect(throws: SealError.notAuthentic) { try keyring.open(sealed + [0], purpose: "p", boundTo: place) }
    }

    @Test(
        arguments: [
            ["api_keys", "sealed", "service-b"], ["api_keys", "sealed"], ["api_keys", "sealed", "service-a", ""],
            ["api_keyss", "ealed", "service-a"], [], ["totp", "sealed", "service-a"],
        ]
    )
    func `a box moved to another place does not open`(parts: [String]) throws {
        let sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        #expect(throws: SealError.notAuthentic) {
            try keyring.open(sealed, purpose: "p", boundTo: AssociatedData(parts))
        }
    }

    @Test func `a box sealed for another purpose does not open`() throws {
        let sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        #expect(throws: SealError.notAuthentic) { try keyring.open(sealed, purpose: "q", boundTo: place) }
    }

    @Test func `an unknown key is named`() throws {
        let other = try #require(Keyring([try .generate(id: 7)]))
        let sealed = try other.seal(secret, purpose: "p", boundTo: place)
        #expect(throws: SealError.unknownKey(id: 7)) { try keyring.open(sealed, purpose: "p", boundTo: place) }
    }

    @Test func `the same id with another secret does not open`() throws {
        let sealed = try Keyring.ephemeral().seal(secret, purpose: "p", boundTo: place)
        #expect(throws: SealError.notAuthentic) { try keyring.open(sealed, purpose: "p", boundTo: place) }
    }

    @Test func `the newest key seals, every key opens, and a rewrapped box needs the newest only`() throws {
        let first = try MasterKey.generate(id: 1)
        let second = try MasterKey.generate(id: 2)
        let old = try #require(Keyring([first]))
        let both = try #require(Keyring([second, first]))
        let new = try #require(Keyring([second]))

        let sealed = try old.seal(secret, purpose: "p", boundTo: place)
        #expect(try both.open(sealed, purpose: "p", boundTo: place) == secret)
        let rewrapped = try #require(try both.rewrap(sealed, purpose: "p", boundTo: place))
        #expect(SealedBox(rewrapped)?.keyID == 2)
        #expect(try new.open(rewrapped, purpose: "p", boundTo: place) == secret)
        #expect(try both.rewrap(rewrapped, purpose: "p", boundTo: place) == nil)
        #expect(throws: SealError.unknownKey(id: 1)) { try new.open(sealed, purpose: "p", boundTo: place) }
    }

    @Test func `rewrapping refuses a changed box even under the newest key`() throws {
        var sealed = try keyring.seal(secret, purpose: "p", boundTo: place)
        sealed[20] ^= 1
        #expect(throws: SealError.notAuthentic) { try keyring.rewrap(sealed, purpose: "p", boundTo: place) }
    }

    @Test func `derived keys differ by purpose and by master key, and stay the same`() throws {
        let ring = try #require(Keyring([try .generate(id: 1), try .generate(id: 2)]))
        let keys = [("a", 1), ("a", 2), ("b", 1), ("b", 2)] as [(String, UInt32)]
        let derived = try keys.map { try #require(ring.derivedKey(for: $0.0, id: $0.1)).bytes }
        #expect(Set(derived).count == 4)
        #expect(ring.derivedKey(for: "a")?.bytes == derived[1])
        #expect(ring.derivedKey(for: "a", id: 3) == nil)
    }

    @Test func `documents are too large`() {
        let document = [UInt8](repeating: 0, count: Keyring.maximumPlaintext + 1)
        #expect(throws: SealError.tooLarge) { try keyring.seal(document, purpose: "p", boundTo: place) }
    }

    @Test func `a keyring needs keys with ids of their own`() throws {
        #expect(Keyring([]) == nil)
        #expect(Keyring([try .generate(id: 1), try .generate(id: 1)]) == nil)
    }

    @Test func `printing a keyring or a secret shows no bytes`() throws {
        let bytes = SecretBytes(Array(repeating: 0xAB, count: 4))
        #expect("\(bytes)" == "<4 secret bytes>")
        #expect(String(reflecting: bytes) == "<4 secret bytes>")
        #expect("\(keyring)" == "<keyring [1]>")
        var dumped = ""
        dump(keyring, to: &dumped)
        #expect(!dumped.contains("MasterKey"))
    }
}
