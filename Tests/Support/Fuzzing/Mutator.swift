// Makes broken texts out of sound ones: a few cuts, copies and swaps, and words that mean something to whoever reads them.

package import Histories

package struct Mutator {
    private let seeds: [[UInt8]]
    private let words: [[UInt8]]

    /// - Parameters:
    ///   - seeds: Sound texts.
    ///   - words: What is put in here and there.
    package init(seeds: [String], words: [String]) {
        self.seeds = seeds.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
    }

    /// One to three sound texts after each other, changed in at most six places, or in none.
    package func text(_ dice: inout SeededGenerator) -> [UInt8] {
        var text = (0..<Int.random(in: 1...3, using: &dice)).flatMap { _ in seeds.randomElement(using: &dice) ?? [] }
        for _ in 0..<Int.random(in: 0...6, using: &dice) { change(&text, &dice) }
        return text
    }

    private func change(_ text: inout [UInt8], _ dice: inout SeededGenerator) {
        let at = Int.random(in: 0...text.count, using: &dice)
        let stretch = at..<min(text.count, at + Int.random(in: 0...12, using: &dice))
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: text.replaceSubrange(stretch, with: [])
        case 1: text.insert(contentsOf: Array(text[stretch]), at: at)
        case 2 where at < text.count: text[at] = UInt8.random(in: 0...255, using: &dice)
        case 3 where at < text.count: text[at] ^= 1 << UInt8.random(in: 0...7, using: &dice)
        default: text.insert(contentsOf: words.randomElement(using: &dice) ?? [], at: at)
        }
    }
}
