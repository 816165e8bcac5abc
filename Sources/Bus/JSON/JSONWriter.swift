// A JSON text as it grows, the members of an object in the order of their keys.
//
// Containers are closed by whoever opened the value, and only the innermost may be written to: so nothing is kept but the text itself and
// where the members of open objects begin. Objects whose members come in order are left as they are; others are sorted when they close.
// Keys are compared as bytes of the text; one that is not ASCII, or has to be escaped, makes the text void.

struct JSONWriter {
    private struct Member {
        /// Where its key begins and ends, with its quotes.
        let start: Int
        let keyEnd: Int
    }

    private struct Open {
        let isObject: Bool
        let start: Int
        /// Where its members begin in `members`.
        let firstMember: Int
        var count = 0
        /// An object's only member so far; from the second on all are in `members`.
        var onlyMember: Member?
        var isSorted = true
    }

    private var text: [UInt8]
    /// The one that may be written to, and those around it: most values need no array for the latter.
    private var innermost: Open?
    private var outer: [Open] = []
    private var members: [Member] = []
    /// Whether the value in hand has been written or its container opened.
    private var isFilled = false
    var isVoid = false

    /// Most texts need no more.
    static let usualBytes = 224

    /// - Parameter head: What stands before the text, and is not looked at.
    init(behind head: consuming [UInt8]) {
        text = head
        if text.isEmpty { text.reserveCapacity(Self.usualBytes) }
    }

    /// The text; nothing is written after that.
    mutating func finish() throws(NotPlain) -> [UInt8] {
        guard !isVoid else { throw NotPlain() }
        defer { text = [] }
        return text
    }

    // MARK: Whose turn it is

    /// How many containers are open.
    private var level: Int { innermost == nil ? 0 : outer.count + 1 }

    private mutating func voided() -> NotPlain {
        isVoid = true
        return NotPlain()
    }

    /// Returns the level at which the next value stands.
    mutating func expectValue() throws(NotPlain) -> Int {
        guard level < JSONTape.deepest else { throw voided() }
        isFilled = false
        return level
    }

    mutating func endValue(_ expected: Int) throws(NotPlain) {
        if level > expected { try closeInnermost() }
        guard isFilled, level == expected else { throw voided() }
    }

    mutating func checkLevel(_ expected: Int) throws(NotPlain) {
        guard level == expected else { throw voided() }
    }

    mutating func checkIsOpen(_ expected: Int) throws(NotPlain) {
        guard !isFilled, level == expected else { throw voided() }
    }

    // MARK: Values

    mutating func writeNull() {
        text.append(contentsOf: "null".utf8)
        isFilled = true
    }

    mutating func write(_ value: Bool) {
        text.append(contentsOf: (value ? "true" : "false").utf8)
        isFilled = true
    }

    mutating func write(_ value: some FixedWidthInteger) {
        text.append(contentsOf: String(value).utf8)
        isFilled = true
    }

    mutating func write(_ value: String) {
        JSONEscapes.quote(value, to: &text)
        isFilled = true
    }

    /// A value that is JSON already.
    mutating func write(raw value: [UInt8]) {
        text.append(contentsOf: value)
        isFilled = true
    }

    // MARK: Containers

    mutating func begin(isObject: Bool, at expected: Int) -> Int {
        if isFilled || level != expected { isVoid = true }
        isFilled = true
        if let around = innermost { outer.append(around) }
        innermost = Open(isObject: isObject, start: text.count, firstMember: members.count)
        text.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        return level
    }

    mutating func separate(at expected: Int) throws(NotPlain) {
        try checkLevel(expected)
        if elements(at: expected) > 0 { text.append(UInt8(ascii: ",")) }
        innermost?.count += 1
    }

    func elements(at expected: Int) -> Int {
        guard expected <= outer.count else { return innermost?.count ?? 0 }
        return outer[expected - 1].count
    }

    mutating func writeKey(_ key: String, at expected: Int) throws(NotPlain) {
        try separate(at: expected)
        guard JSONEscapes.isPlain(key) else { throw voided() }
        let start = text.count
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: key.utf8)
        text.append(UInt8(ascii: "\""))
        note(Member(start: start, keyEnd: text.count))
        text.append(UInt8(ascii: ":"))
    }

    private mutating func note(_ member: Member) {
        guard innermost?.count != 1 else {
            innermost?.onlyMember = member
            return
        }
        if let first = innermost?.onlyMember.take() { members.append(first) }
        if compare(members[members.count - 1], member) >= 0 { innermost?.isSorted = false }
        members.append(member)
    }

    /// Below zero where the first key comes before the second, zero where they are the same.
    private func compare(_ first: Member, _ second: Member) -> Int {
        let bytes = text.span
        let (left, right) = (first.start + 1..<first.keyEnd - 1, second.start + 1..<second.keyEnd - 1)
        for (one, other) in zip(left, right) where bytes[one] != bytes[other] {
            return Int(bytes[one]) - Int(bytes[other])
        }
        return left.count - right.count
    }

    mutating func write(_ value: String, for key: String, at expected: Int) throws(NotPlain) {
        try writeKey(key, at: expected)
        write(value)
    }

    private mutating func closeInnermost() throws(NotPlain) {
        guard let last = innermost else { throw voided() }
        innermost = outer.popLast()
        if !last.isSorted { try sort(last) }
        members.removeLast(members.count - last.firstMember)
        text.append(last.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        isFilled = true
    }

    /// Puts the members of an object in the order of their keys. There are few, so they are inserted one after the other.
    private mutating func sort(_ object: Open) throws(NotPlain) {
        let mine = Array(members[object.firstMember...])
        var order: [Int] = []
        for index in mine.indices {
            let place = order.firstIndex { compare(mine[index], mine[$0]) < 0 } ?? order.endIndex
            if place > 0, compare(mine[order[place - 1]], mine[index]) == 0 { throw voided() }
            order.insert(index, at: place)
        }
        var sorted: [UInt8] = []
        sorted.reserveCapacity(text.count - object.start)
        for index in order {
            if !sorted.isEmpty { sorted.append(UInt8(ascii: ",")) }
            let end = index + 1 < mine.count ? mine[index + 1].start - 1 : text.count
            sorted.append(contentsOf: text[mine[index].start..<end])
        }
        text.replaceSubrange((object.start + 1)..., with: sorted)
    }
}
