// What a topology says to a foreign service, as `services.guestbook.settings`: a line of text for each name. Which there are and what they may
// be, only the service knows; it asks by name and rule, and whatever is wrong is told with its place in the file, as for every other field.
//
// Numbers have no sign and no point, durations and sizes have their unit: as everywhere in the file.

extension Topology {
    /// The settings of one service.
    package struct ServiceSettings: Sendable, Equatable {
        /// The text by the setting's name, and where it stands.
        var given: [String: Given] = [:]

        struct Given: Sendable, Equatable {
            let text: String
            /// A problem that lacks its words.
            let place: TopologyError.Problem
        }

        package init() {}

        /// - Returns: The value; nil where the file says nothing.
        /// - Throws: `TopologyError` where it is something else. So do all that follow.
        package func number(_ name: String, in range: ClosedRange<Int>) throws(TopologyError) -> Int? {
            try value(name, .integer(range))
        }

        /// In bytes.
        package func size(_ name: String, in range: ClosedRange<Int>) throws(TopologyError) -> Int? {
            try value(name, .size(range))
        }

        package func duration(_ name: String, in range: ClosedRange<Duration>) throws(TopologyError) -> Duration? {
            try value(name, .duration(range))
        }

        package func flag(_ name: String) throws(TopologyError) -> Bool? { try value(name, .flag) }

        package func choice<Value>(_ name: String, of _: Value.Type) throws(TopologyError) -> Value?
        where Value: CaseIterable & RawRepresentable<String> {
            try value(name, .choice())
        }

        package func text(_ name: String) -> String? { given[name]?.text }

        /// Refuses what the service never asked for: whoever wrote it believes that it does something.
        package func finish(asked: Set<String>) throws(TopologyError) {
            let known = asked.sorted()
            let free = known.filter { given[$0] == nil }
            let problems = given.filter { !asked.contains($0.key) }.map { name, given in
                let hint = Spelling.hint(for: name, among: free)
                let all = known.isEmpty ? "; there are none" : "; known here: \(known.joined(separator: ", "))"
                return given.place.saying("is no setting of this service\(hint.isEmpty ? all : hint)")
            }
            guard problems.isEmpty else { throw TopologyError(problems: problems.sorted { $0.line < $1.line }) }
        }

        private func value<Value>(_ name: String, _ rule: Rule<Value>) throws(TopologyError) -> Value? {
            guard let given = given[name] else { return nil }
            do throws(Refusal) {
                if let value = try rule.read(given.text) { return value }
                throw Refusal("must be \(rule.wants), got \(quoted(given.text))")
            } catch {
                throw TopologyError(problems: [given.place.saying(error.message)])
            }
        }
    }
}
