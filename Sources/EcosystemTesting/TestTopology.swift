// Topologies for tests, as text, so that a package that imports the kit needs no files of ours.

/// Topologies for `TestEcosystem.run`: four services and a gateway, everything on ports that the kernel chooses.
public enum TestTopology {
    /// Everything in one process, ports chosen by the kernel, a password hash in microseconds, codes to a sink.
    public static let inProcess = text(transport: "inproc")

    /// The same over Unix sockets, so that other processes can join.
    public static let overIPC = text(transport: "ipc")

    /// The same, with services that run as processes of their own and that it only finds.
    ///
    /// - Parameters:
    ///   - services: Their names.
    ///   - settings: What it says to them, by service and name.
    /// - Returns: The topology as text.
    public static func overIPC(beside services: [String], settings: [String: [String: String]] = [:]) -> String {
        text(transport: "ipc", services.map { line($0, settings: settings[$0] ?? [:]) })
    }

    /// The same in one process, with settings of services of one's own, or on another database.
    ///
    /// - Parameters:
    ///   - settings: What it says to services of one's own, by service and name.
    ///   - stores: The section `stores` as text, as `DatabaseServer.newStores()` gives it; files of SQLite where it is empty.
    /// - Returns: The topology as text.
    public static func inProcess(settings: [String: [String: String]] = [:], stores: String = "") -> String {
        text(transport: "inproc", settings.map { line($0, settings: $1) }) + (stores.isEmpty ? "" : "\n\(stores)")
    }

    /// A service, and what it is told.
    private static func line(_ service: String, settings: [String: String]) -> String {
        let told = settings.map { line($0, $1) }.joined(separator: ", ")
        return told.isEmpty ? "\(service): {}" : "\(service): {settings: {\(told)}}"
    }

    /// As YAML has it, whatever is in it.
    private static func line(_ name: String, _ text: String) -> String {
        "\(name): '\(text.replacing("'", with: "''"))'"
    }

    /// `others`: the lines of services that are not built in.
    private static func text(transport: String, _ others: [String] = []) -> String {
        """
        name: test
        kind: test
        bus: {transport: \(transport), heartbeat: 200ms, liveness: 2s}
        services:
          service_a: {port: 0}
          typesense_client: {port: 0}
          kms: {port: 0}
          2fa: {port: 0}
        \(others.map { "  \($0)\n" }.joined())gateway: {listen: "127.0.0.1:0"}
        kms:
          first_admin: open
          scrypt: {ln: 4, r: 1, p: 1}
        two_factor: {delivery: sink}
        """
    }
}
