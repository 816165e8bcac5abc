// What a service's own numbers say of it: each trouble is told, and nothing else is called one.

import Bus
import Foundation
import Testing

@testable import Ecosystem

@Suite struct CheckupProblemsTests {
    /// A service with a consumer of its topic and a link, of which these members are not as they should be.
    private func stats(consumer: String = "", link: String = "") throws -> ServiceStats {
        let usual =
            #""acknowledged":7,"lagEvents":0,"lagSeconds":0,"isGone":false,"gapsFound":2,"gapsFilled":2,"gapsUnfilled":0"#
        let stands = #""isReady":true,"outstanding":0,"reconnects":3,"rejectedHandshakes":0"#
        let json = """
            {"service":"notes","uptimeSeconds":1,"outstanding":0,"callers":0,"operations":[],"subscriptions":[],"listeners":[],
             "topics":[{"topic":"notes.written","epoch":1,"head":7,"published":7,"consumers":[{"consumer":"search",\(changed(usual, by: consumer))}]}],
             "links":[{"service":"kms","endpoint":"inproc://kms",\(changed(stands, by: link))}]}
            """
        return try JSONDecoder().decode(ServiceStats.self, from: Data(json.utf8))
    }

    /// Of two members of one name the decoder takes the first.
    private func changed(_ members: String, by other: String) -> String {
        let names = other.split(separator: ",").compactMap { $0.split(separator: ":").first }
        let kept = members.split(separator: ",").filter { member in !names.contains { member.hasPrefix($0) } }
        return (kept + other.split(separator: ",")).joined(separator: ",")
    }

    private func problems(_ stats: ServiceStats) -> [String] { Checkup.problems(of: stats, beyond: .init()) }

    @Test func `of who keeps up nothing is said, whatever it has been through`() throws {
        #expect(try problems(stats()) == [])
        #expect(try problems(stats(consumer: #""lagEvents":9,"lagSeconds":60"#)) == [])
    }

    @Test(arguments: [
        (#""lagEvents":9,"lagSeconds":61.5"#, "search of notes.written is 9 events and 61 s behind"),
        (#""gapsFound":3,"gapsUnfilled":1"#, "search of notes.written has 1 gaps that are not filled"),
        (#""isGone":true"#, "search of notes.written has lost events that were pruned"),
    ])
    func `a consumer that does not keep up is told of`(members: String, told: String) throws {
        #expect(try problems(stats(consumer: members)) == [told])
    }

    @Test func `a link that is down is told of`() throws {
        #expect(try problems(stats(link: #""isReady":false"#)) == ["its link to kms is down"])
    }

    @Test func `all there is is told at once`() throws {
        let all = try stats(consumer: #""isGone":true,"gapsUnfilled":1"#, link: #""isReady":false"#)
        #expect(problems(all).count == 3)
    }
}
