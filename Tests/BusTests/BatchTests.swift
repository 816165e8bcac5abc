// Messages that leave as one frame: their order, how much goes into one, and that bytes which were cut or damaged end the reading, no more.

import Testing
import ZeroMQ

@testable import Bus

@Suite struct BatchTests {
    /// What a batch of these messages sends.
    static func frame(of messages: [Envelope]) throws -> [UInt8] {
        var batch = Batch(maxMessageBytes: 1 << 20)
        for message in messages { batch.append(message) }
        var frame: [UInt8] = []
        _ = batch.leave {
            frame = Array($0[$1...])
            return .sent
        }
        return frame
    }

    private static func read(_ frame: [UInt8]) -> [Envelope] {
        var messages: [Envelope] = []
        _ = Envelope.each(in: frame) { messages.append($0) }
        return messages
    }

    private static func call(_ id: UInt64, size: Int = 3) -> Envelope {
        var call = Envelope(kind: .call, id: id, time: 9)
        call.name = "echo.say"
        call.payload = [UInt8](repeating: 7, count: size)[...]
        return call
    }

    @Test(arguments: [2, 3, 31]) func `many messages are one frame, read in their order`(count: UInt64) throws {
        let messages = (1...count).map { Self.call($0) }
        let frame = try Self.frame(of: messages)
        #expect(try Envelope(decoding: frame[...]).id == count)
        #expect(Self.read(frame) == messages)
    }

    @Test func `one message is sent as it is`() throws {
        #expect(try Self.frame(of: [Self.call(1)]) == Self.call(1).encoded())
        #expect(Self.read(Self.call(1).encoded()) == [Self.call(1)])
    }

    @Test func `what libzmq does not take stays and goes later, whole`() {
        var batch = Batch(maxMessageBytes: 1 << 20)
        batch.append(Self.call(1))
        #expect(batch.leave { _, _ in .wouldBlock } == .wouldBlock)
        batch.append(Self.call(2))
        var frame: [UInt8] = []
        let result = batch.leave {
            frame = Array($0[$1...])
            return .sent
        }
        #expect(result == .sent && batch.isEmpty)
        #expect(Self.read(frame) == [Self.call(1), Self.call(2)])
    }

    @Test func `it is bounded: full is full, and large messages go alone`() {
        var batch = Batch(maxMessageBytes: 1 << 20)
        batch.share(32)
        #expect(!batch.mustLeave(before: Self.call(1, size: 1 << 20).size))
        var count: UInt64 = 0
        while !batch.isFull {
            #expect(!batch.mustLeave(before: Self.call(1).size))
            #expect(count == 0 || batch.mustLeave(before: Self.call(1, size: 8 << 10).size))
            count += 1
            batch.append(Self.call(count, size: 2_000))
        }
        #expect(batch.mustLeave(before: Self.call(1).size))
        #expect((10...20).contains(count))
    }

    @Test(arguments: [(0, 8), (20, 20), (1_000, 128)])
    func `a fair share of small messages is full as well`(share: Int, size: UInt64) {
        var batch = Batch(maxMessageBytes: 1 << 20)
        batch.share(share)
        for id in 1...size {
            #expect(!batch.isFull)
            batch.append(Self.call(id))
        }
        #expect(batch.isFull)
    }

    @Test func `a batch in a batch, and what is cut, ends the reading without a crash`() throws {
        let whole = try Self.frame(of: (1...5).map { Self.call($0) })
        for end in whole.indices { #expect(Self.read(Array(whole[..<end])).count < 5) }
        var nested = Envelope(kind: .batch, id: 1)
        nested.payload = ([0, 0, 0, UInt8(Envelope.headerSize)] + Envelope(kind: .batch).encoded())[...]
        #expect(Self.read(nested.encoded()).isEmpty)
    }

    @Test(arguments: UInt64(1)...50) func `random damage is survived`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var frame = try Self.frame(of: (1...5).map { Self.call($0) })
        for _ in 0..<20 {
            frame[Int.random(in: frame.indices, using: &generator)] = .random(in: 0...255, using: &generator)
        }
        #expect(Self.read(frame).count <= frame.count / (Envelope.headerSize + 4))
    }
}
