import Bus
import EcosystemTesting
import Guestbook
import Testing

@Suite(.timeLimit(.minutes(1))) struct GuestbookTests {
    @Test func `who is logged in signs, and everybody reads`() async throws {
        try await TestEcosystem.run(services: [Guestbook.service]) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            let signed = try await ada.post("/guestbook/entries", ["text": "I was here."])
            #expect(signed.status == 201 && signed["number"] == 1 && signed["author"] == "ada")
            let page = try await ecosystem.edge.get("/guestbook/entries")
            #expect(page["entries"][0]["text"] == "I was here.")
            #expect(try await ecosystem.edge.post("/guestbook/entries", ["text": "Who?"]).status == 401)
        }
    }

    @Test func `what was answered is there after a crash, once, and its event too`() async throws {
        try await TestEcosystem.run(services: [Guestbook.service]) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            let headers = [("Idempotency-Key", "ada-1")]
            let first = try await ada.post("/guestbook/entries", ["text": "Once."], headers: headers)
            try first.require(201)
            try await ecosystem.kill("guestbook")
            try await ecosystem.restart("guestbook")
            let again = try await ada.post("/guestbook/entries", ["text": "Once."], headers: headers)
            #expect(again.json == first.json)
            let events = try await ecosystem.bus.subscribe(Guestbook.signed, from: .offset(1))
            #expect(try await events.next()?.map { try $0.decode(Guestbook.signed).text } == ["Once."])
            #expect(try await ecosystem.edge.get("/guestbook/entries")["entries"].items.count == 1)
        }
    }

    @Test func `events come once and in order through a wire that loses a third of them`() async throws {
        let plan = FaultPlan(seed: 7, events: Faults(drop: 0.3, duplicate: 0.2, reorder: 0.2))
        try await TestEcosystem.run(services: [Guestbook.service], faults: ["guestbook": plan]) { ecosystem in
            let events = try await ecosystem.bus.subscribe(Guestbook.signed, from: .offset(1))
            let ada = try await ecosystem.loggedIn(as: "ada")
            for number in 1...50 {
                try (try await ada.post("/guestbook/entries", ["text": .string("\(number)")])).require(201)
            }
            var numbers: [Int] = []
            while numbers.count < 50, let more = try await events.next() {
                numbers += try more.map { try $0.decode(Guestbook.signed).number }
            }
            #expect(numbers == Array(1...50))
        }
    }

    @Test func `on a disk that is full at times, what was answered is there after a crash, and nothing else`() async throws {
        let program = ServiceProcess.built("guestbookd")
        try await TestEcosystem.run(program, as: "guestbook", seed: 7) { ecosystem, process in
            let ada = try await ecosystem.loggedIn(as: "ada")
            try process.suffer([.disk(full: 0.05)])
            var (answered, unknown): ([JSONValue], [JSONValue]) = ([], [])
            for number in 1...50 {
                let text = JSONValue.string("\(number)")
                switch try await ada.post("/guestbook/entries", ["text": text]).status {
                case 201: answered.append(text)
                case 504: unknown.append(text)  // its answer was lost: it may have been done or not
                default: break
                }
            }
            #expect(process.tally?.refusedWrites ?? 0 > 0)
            process.kill()
            _ = await process.exitCode()
            let again = try process.startAgain()
            try await again.untilReady()
            try await ecosystem.untilFound("guestbook")
            let page = try await ecosystem.edge.get("/guestbook/entries")
            #expect(page["entries"].items.map { $0["text"] }.filter { !unknown.contains($0) } == answered)
            again.terminate()
            #expect(await again.exitCode() == 0)
        }
    }
}
