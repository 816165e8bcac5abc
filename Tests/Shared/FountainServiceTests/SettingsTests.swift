// What a service of somebody else's is told by the topology that it is brought up in.

import Bus
import FountainService
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct SettingsTests {
    private enum Colour: String, CaseIterable { case red, green }

    private struct Told: Sendable, Equatable {
        var number: Int, size: Int, duration: Duration, flag: Bool, colour: Colour, text: String
    }

    /// A service that asks for one setting of each kind.
    private static func asking(_ told: @escaping @Sendable (Told) -> Void) -> Blueprint {
        Blueprint("board") { site in
            let settings = site.settings
            told(
                Told(
                    number: try settings.number("number", default: 1, in: 1...9),
                    size: try settings.size("size", default: 2, in: 1...2048),
                    duration: try settings.duration("duration", default: .seconds(3), in: .zero ... .seconds(9)),
                    flag: try settings.flag("flag", default: true),
                    colour: try settings.choice("colour", default: .red),
                    text: settings.text("text", default: "nothing")
                )
            )
            return Handlers()
        }
    }

    private static func told(_ settings: String) async throws -> Told? {
        let told = Mutex<Told?>(nil)
        let blueprint = asking { value in told.withLock { $0 = value } }
        let ground = try Ground(services: "board: {settings: {\(settings)}}")
        try await ground.host.start(blueprint).kill()
        return told.withLock { $0 }
    }

    @Test func `a topology that says nothing leaves the defaults`() async throws {
        let standard = Told(number: 1, size: 2, duration: .seconds(3), flag: true, colour: .red, text: "nothing")
        #expect(try await Self.told("") == standard)
    }

    @Test func `each is what the topology says`() async throws {
        let told = try await Self.told(
            "number: 7, size: 1KiB, duration: 5s, flag: false, colour: green, text: hello you"
        )
        #expect(
            told == Told(number: 7, size: 1024, duration: .seconds(5), flag: false, colour: .green, text: "hello you")
        )
    }

    @Test(
        arguments: [
            "number: 10": "number: must be 1–9, got 10", "number: -1": "number: must be 1–9",
            "number: 99999999999999999999": "number: must be 1–9", "size: 2": "size: must be a size",
            "duration: 10s": "duration: must be a duration", "flag: yes": "flag: must be true or false",
            "colour: blue": "colour: must be one of red, green", "numbr: 3": "is no setting of this service",
        ]
    )
    func `one that is wrong or unknown keeps it from starting`(_ settings: String, _ problem: String) async throws {
        let ground = try Ground(services: "board: {settings: {\(settings)}}")
        let failure = await #expect(throws: Failure.self) { try await ground.host.start(Self.asking { _ in }) }
        #expect(failure?.code == .invalidRequest && failure?.detail.contains(problem) == true)
    }
}
