// Writing to real descriptors that are full, closed, slow or without a reader: an error in the system's words, and never a signal.

import Foundation
import Testing

@testable import StandardStreams

@Suite struct StandardStreamTests {
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

    @Test func `what a descriptor that does not wait cannot take is written when there is room`() throws {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        Thread.detachNewThread { #expect(written(text, to: writing) == nil) }
        var read = Data()
        while read.count < text.utf8.count { read += pipe.fileHandleForReading.availableData }
        #expect(String(decoding: read, as: UTF8.self) == text)
    }

    @Test func `a pipe takes a page as a whole, a file more`() throws {
        let (pipe, file) = (Pipe(), try #require(FileHandle(forWritingAtPath: "/dev/null")))
        #expect(StandardStream(pipe.fileHandleForWriting.fileDescriptor).wholeBytes <= 4096)
        #expect(StandardStream(file.fileDescriptor).wholeBytes > 4096)
        withExtendedLifetime((pipe, file)) {}
    }
}
