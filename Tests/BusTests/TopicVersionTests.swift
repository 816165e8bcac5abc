// A topic whose events have come to mean something else: whoever reads them by the older meaning is told, and gets none.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct TopicVersionTests {
    let bus: TestBus
    let log = MemoryEventLog(topics: ["echo.said"])

    init() throws { bus = try TestBus() }

    private static func said(_ version: Int) -> Topic<Echo.Text> {
        Topic("echo.said", publisher: "echo", "What was said", version: version)
    }

    private func publisher(of version: Int, at address: ServiceAddress) async throws -> (Node, ServiceAddress) {
        let node = try bus.node("echo")
        let topics = [Self.said(version).description]
        return (node, try await node.serve(TestBus.echoHandlers(), topics: topics, log: log, at: address))
    }

    private func withPublisher(of version: Int, _ body: (Node) async throws -> Void) async throws {
        for _ in 1...3 { log.append("echo.said", key: "", payload: Array(#"{"text":"x"}"#.utf8)) }
        let (service, address) = try await publisher(of: version, at: Transport.inproc.freshAddress())
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        try await body(subscriber)
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test(arguments: [1, 2]) func `who reads the version that is published gets the events`(version: Int) async throws {
        try await withPublisher(of: version) { subscriber in
            let subscription = try await subscriber.subscribe(Self.said(version), from: .offset(1))
            #expect(try await subscription.next()?.count == 3)
        }
    }

    @Test(arguments: [(1, 2), (2, 1), (1, 3)], [StartingPoint.offset(1), .live, .earliest, .acknowledged])
    func `who reads another version is told, and gets none`(versions: (mine: Int, theirs: Int), start: StartingPoint)
        async throws
    {
        try await withPublisher(of: versions.theirs) { subscriber in
            let consumer = start == .acknowledged ? "index" : nil
            let subscription = try await subscriber.subscribe(Self.said(versions.mine), as: consumer, from: start)
            for _ in 1...2 {
                let failure = await #expect(throws: Failure.self) { try await subscription.next() }
                #expect(failure?.code == .topicVersion, "\(String(describing: failure))")
            }
        }
    }

    @Test func `a consumer from before there were versions is told as well`() async throws {
        try await withPublisher(of: 2) { subscriber in
            let asked = Array(#"{"topic":"echo.said","from":1,"limit":10}"#.utf8)
            let failure = await #expect(throws: Failure.self) {
                try await subscriber.call("bus.replay", payload: asked, on: "echo")
            }
            #expect(failure?.code == .topicVersion)
        }
    }

    @Test func `who only shows events takes any version`() async throws {
        try await withPublisher(of: 2) { subscriber in
            let subscription = try await subscriber.subscribe("echo.said", publisher: "echo", from: .offset(1))
            #expect(try await subscription.next()?.count == 3)
        }
    }

    /// The log goes on where it was: nothing but the question after the loss tells.
    @Test(arguments: [Transport.ipc, .tcp])
    func `a publisher that comes back as another version is noticed`(transport: Transport) async throws {
        log.append("echo.said", key: "", payload: [])
        let (old, address) = try await publisher(of: 1, at: transport.freshAddress())
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Self.said(1), from: .offset(1))
        #expect(try await subscription.next()?.count == 1)
        await old.kill()
        let (new, _) = try await publisher(of: 2, at: address)
        let failure = await #expect(throws: Failure.self) { try await subscription.next() }
        #expect(failure?.code == .topicVersion)
        await subscriber.shutDown()
        await new.shutDown()
    }
}
