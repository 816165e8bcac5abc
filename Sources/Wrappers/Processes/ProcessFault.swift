// What may go wrong in a process while it runs, beside being paused and killed; what came of it; and why it cannot be had.

/// A condition that a `ServiceProcess` runs under, from its beginning or from any moment on.
public struct ProcessFault: Sendable, Hashable {
    enum Kind: Hashable {
        case full(Double), slow(Duration), fails(Double), clock(Int)
    }

    let kind: Kind

    /// The disk is full now and then: a write (`pwrite`, as databases write) of a file finds no space (ENOSPC) with that probability, from 0 to 1; another
    /// number traps. Needs `fiu-utils`.
    public static func disk(full probability: Double) -> ProcessFault {
        checkProbability(probability, "disk(full:)")
        return ProcessFault(kind: .full(probability))
    }

    /// The disk is slow: each `fsync` and `fdatasync` takes so much longer.
    public static func disk(slow duration: Duration) -> ProcessFault { ProcessFault(kind: .slow(duration)) }

    /// The disk fails: an `fsync` or `fdatasync` ends with an error (EIO) with that probability, from 0 to 1; another number traps. Needs `fiu-utils`.
    public static func sync(fails probability: Double) -> ProcessFault {
        checkProbability(probability, "sync(fails:)")
        return ProcessFault(kind: .fails(probability))
    }

    /// The wall clock jumps by so many seconds, back where they are below zero, and goes on from there. Time that is measured by monotonic clocks
    /// (`ContinuousClock`) goes on as if nothing were.
    public static func clock(jump seconds: Int) -> ProcessFault { ProcessFault(kind: .clock(seconds)) }

    /// Whether libfiu has to be there.
    var needsFIU: Bool {
        switch kind {
        case .full, .fails: true
        case .slow, .clock: false
        }
    }
}

/// A test that says 30 means 0.3, and would be told nothing where each call failed.
package func checkProbability(_ value: Double, _ name: String) {
    precondition((0...1).contains(value), "\(name) is a probability from 0 to 1, and not \(value)")
}

/// How often a disk was asked while it could fail, and how often it did; a run in which it never did shows nothing.
public struct FaultTally: Sendable, Equatable {
    /// Writes of files.
    public let writes: Int
    /// Those of them that found no space.
    public let refusedWrites: Int
    /// Calls of `fsync` and `fdatasync`.
    public let syncs: Int
    /// Those of them that failed.
    public let failedSyncs: Int
}

/// Why a process cannot have faults.
public enum FaultFailure: Error, Equatable, CustomStringConvertible {
    /// A tool is not here, and what brings it.
    case missing(tool: String, remedy: String)
    /// Our library does not compile here; what the compiler says.
    case notCompiled(String)
    /// The process was started without `faults`, so that nothing was loaded into it.
    case notPrepared
    /// The process has not loaded what it was told to: it is linked statically, or raises its rights.
    case notLoaded
    /// The process has not loaded libfiu, or that could not begin: its disk would neither be full nor fail.
    case fiuNotLoaded

    public var description: String {
        switch self {
        case .missing(let tool, let remedy): "There is no \(tool) here: \(remedy)."
        case .notCompiled(let words): "The library of faults does not compile: \(words)"
        case .notPrepared: "The process was started without faults: give `faults: []` to change them later."
        case .notLoaded: "The process has loaded no library of faults: it must be linked dynamically."
        case .fiuNotLoaded: "The process has loaded no libfiu, so that its disk can neither be full nor fail."
        }
    }
}
