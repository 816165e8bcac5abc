import ArgumentParser
import Ecosystem
import Topology

struct TopologyKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make the keys by which the peers of a topology know each other, replace them, check them.",
        discussion: """
            Secret keys go where the topology's `secret_key_file` says (0600), public ones into `public_keys_file`, or are printed.
            To replace a key without stopping anything: --add PEER, reload all (SIGHUP), move the new secret into place, \
            restart the peer, --retire PEER, reload all. docs/security.md has it step by step.
            """
    )
    @Argument(help: "The topology.") var file = "topology/compose.yaml"
    @Option(help: "Only this peer.") var peer: String?
    @Flag(help: "Replace keys that are there: all peers must then restart together.") var force = false
    @Flag(help: "Write nothing; say whether the keys that are there are good. Exit code 1 where one is not.")
    var check = false
    @Option(help: "A second key for a peer, beside the one in use.") var add: String?
    @Option(help: "Forget all keys of a peer but the one in use.") var retire: String?

    func run() throws {
        let maker: KeyMaker
        let lines: [String]
        do {
            maker = try KeyMaker(try Topology.load(file))
            lines =
                if check { [] } else if let add { try maker.add(add) } else if let retire {
                    try maker.retire(retire)
                } else {
                    try maker.make(only: peer, force: force)
                }
        } catch { throw complaint(about: error) }
        for line in lines { say(line) }
        guard check else { return }
        let findings = maker.check()
        for finding in findings { say(finding.line) }
        if findings.contains(where: { !$0.isGood }) { throw ExitCode.failure }
    }
}
