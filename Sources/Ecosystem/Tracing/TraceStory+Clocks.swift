// Which part is the answer to which call, and clocks that only the story itself can set.
//
//   as told       call      ├────────┤            by this host's clock
//                 served  ├────┤                  by what is known of the other's: half of what a question took, on a busy host more than a call
//   as it was     served    ├────┤                nobody serves a call before it is made, or after its answer has come
//
// Of a replica all parts are moved alike, and no further than that. Pure.

import Bus

extension TraceStory {
    /// The parts, with each replica's clock set by the first of its calls that says that it is wrong.
    static func set(_ parts: [Part]) -> [Part] {
        var (all, moved) = (parts, Set<String>())
        for index in parts.indices.sorted(by: { parts[$0].begin < parts[$1].begin }) {
            let call = all[index]
            guard let answer = answer(to: call, in: all), answer.replica != call.replica else { continue }
            let shift = call.shift(of: answer)
            guard shift != 0, moved.insert(answer.replica).inserted else { continue }
            for other in all.indices where all[other].replica == answer.replica { all[other].begin &+= shift }
        }
        return all
    }

    /// What the other side measured of a call: of all that were served of its attempts the nearest in time, unless another attempt is nearer to it.
    static func answer(to call: Part, in parts: [Part]) -> Part? {
        let served = parts.filter { $0.isServed(of: call) }.min { $0.distance(to: call) < $1.distance(to: call) }
        guard let served else { return nil }
        let nearest = parts.filter { served.isServed(of: $0) }.map { served.distance(to: $0) }.min()
        return nearest == served.distance(to: call) ? served : nil
    }
}

extension TraceStory.Part {
    fileprivate func isServed(of call: TraceStory.Part) -> Bool {
        span.kind == .served && call.span.kind == .called && service == call.span.other
            && span.name == call.span.name && span.parent == call.span.span
    }

    /// Between the middles, in half microseconds.
    fileprivate func distance(to other: TraceStory.Part) -> UInt64 {
        ((begin &+ end) &- (other.begin &+ other.end)).magnitude
    }

    /// How far what was served of this call has to be moved to lie within it; not at all where it took longer than the call.
    fileprivate func shift(of answer: TraceStory.Part) -> Int64 {
        guard answer.span.duration <= span.duration else { return 0 }
        return answer.begin < begin ? begin &- answer.begin : min(0, end &- answer.end)
    }
}
