// Rows of sequences that were emptied: nobody sees them any more, and they go in portions that keep no writer waiting.

package enum Sweeping {
    /// How many rows of each table go at once; a portion takes as many of these as its share of time holds. A row may be as large as a message.
    static let piece = 25
    /// How often it is looked whether there is something to sweep.
    private static let interval = Duration.seconds(5)

    /// Runs until its task is cancelled. A portion that fails is tried again with the next look: it is not urgent.
    package static func run(_ store: some SequenceStore) async throws {
        while true {
            while (try? await store.sweep()) == true { try Task.checkCancellation() }
            try await Task.sleep(for: interval)
        }
    }
}
