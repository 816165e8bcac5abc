// `fountain topology keys`: the peers' keys, made, replaced and checked by `KeyMaker`, for whoever sets a system up. It reloads nobody.

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
        do {
            let maker = try KeyMaker(try Topology.load(file))
            if check { return try report(maker.check()) }
            for line in try work(maker) { try say(line) }
        } catch let error as ExitCode { throw error } catch { throw complaint(about: error) }
    }

    private func work(_ maker: KeyMaker) throws -> [String] {
        if let add { return try maker.add(add) }
        if let retire { return try maker.retire(retire) }
        return try maker.make(only: peer, force: force)
    }
}
