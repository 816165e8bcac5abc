// Makes a failing story short enough to be read: leaves out parts of it for as long as it still fails (delta debugging; Zeller and Hildebrandt,
// IEEE TSE 28(2), 2002).

/// Leaves out of a failing story what it does not need to fail.
///
/// - Parameters:
///   - story: Faults, clients or calls; one that fails.
///   - runs: How many times `fails` may be asked. When they are used up the shortest so far is it.
///   - fails: Plays a part of the story, with the same seed. Where it fails only sometimes, let it play several times.
/// - Returns: What is left, in the same order: without any one of its steps it does not fail, as long as `runs` sufficed.
/// - Throws: What `fails` throws.
public func shortest<Step: Sendable>(
    of story: [Step],
    runs: Int = 1_000,
    where fails: ([Step]) async throws -> Bool
) async rethrows -> [Step] {
    var (kept, size, left) = (story, max(1, story.count / 2), runs)
    while size >= 1, left > 0 {
        var (start, isShorter) = (0, false)
        while start < kept.count, left > 0 {
            let rest = Array(kept[..<start] + kept[min(start + size, kept.count)...])
            left -= 1
            if try await fails(rest) { (kept, isShorter) = (rest, true) } else { start += size }
        }
        if size == 1, !isShorter { break }
        if !isShorter || size > kept.count { size = max(1, min(size / 2, kept.count)) }
        if kept.isEmpty { break }
    }
    return kept
}
