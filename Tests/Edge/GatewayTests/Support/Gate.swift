// Holds whoever comes to it until it is opened, and tells when somebody has come: how a test decides what is under way, without sleeping.

actor Gate {
    private var isOpen = false
    private var hasVisitor = false
    private var inside: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        hasVisitor = true
        for watcher in watchers { watcher.resume() }
        watchers = []
        if !isOpen { await withCheckedContinuation { inside.append($0) } }
    }

    func waitForVisitor() async {
        if !hasVisitor { await withCheckedContinuation { watchers.append($0) } }
    }

    func open() {
        isOpen = true
        for visitor in inside { visitor.resume() }
        inside = []
    }
}
