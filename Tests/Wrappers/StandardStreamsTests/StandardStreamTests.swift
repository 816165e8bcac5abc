// Writing to real descriptors that are full, closed, slow or without a reader: an error in the system's words, and never a signal.

import Foundation
import Testing

@testable import StandardStreams

@Suite(.timeLimit(.minutes(1))) struct StandardStreamTests {
    private func written(_ text: String, to descriptor: Int32) -> WriteFailure? {
        do throws(WriteFailure) { try StandardStream(descriptor).write(Array(text.utf8)[...]) } catch { return error }
        return nil
    }

    @Test func `a full disk is an error in the system's words`() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let failure = try #require(written("line\n", to: full.fileDescriptor))
        #expect(failure == WriteFailure(written: 0, number: ENOSPC))
        #expect("\(failure)" == "No space left on device")
    }

    @Test func `a reader that has gone is an error and no signal`() throws {
        StandardStreams.prepare()
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        #expect(written("line\n", to: pipe.fileHandleForWriting.fileDescriptor)?.number == EPIPE)
    }

    @Test func `a closed descriptor is an error`() {
        #expect(written("line\n", to: -1)?.number == EBADF)
    }

    /// On a thread of its own, which closes its end behind it: who reads hears of it, whatever came of the writing.
    private func written(_ text: String, toTheEndOf pipe: Pipe) async -> WriteFailure? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let failure = written(text, to: pipe.fileHandleForWriting.fileDescriptor)
                try? pipe.fileHandleForWriting.close()
                continuation.resume(returning: failure)
            }
        }
    }

    private func readToTheEnd(_ pipe: Pipe) async -> Data? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: try? pipe.fileHandleForReading.readToEnd()) }
        }
    }

    private func hasRoom(_ descriptor: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&wanted, 1, 0) > 0
    }

    @Test func `what a descriptor that does not wait cannot take is written when there is room`() async throws {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        async let failure = written(text, toTheEndOf: pipe)
        while hasRoom(writing) {
            try Task.checkCancellation()
            await Task.yield()
        }
        let read = await readToTheEnd(pipe)
        #expect(await failure == nil)
        #expect(read.map { String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test func `a pipe takes a page as a whole, a file more`() throws {
        let (pipe, file) = (Pipe(), try #require(FileHandle(forWritingAtPath: "/dev/null")))
        #expect(StandardStream(pipe.fileHandleForWriting.fileDescriptor).wholeBytes <= 4096)
        #expect(StandardStream(file.fileDescriptor).wholeBytes > 4096)
        withExtendedLifetime((pipe, file)) {}
    }
}
