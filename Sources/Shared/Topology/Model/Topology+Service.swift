// A service on the bus: its name is also the first part of its operations' names (`kms.login`).
//
// Four services are built in; a service of any other name is foreign: written by somebody else, in any language, run by
// somebody else. Of a foreign one the topology knows its prefix and where it is, and what it shall be told (`settings`).

extension Topology {
    /// One service and its replicas.
    package struct Service: Sendable, Equatable {
        package var name: String
        /// The path under which the gateway mounts it, as in `/kms`.
        package var prefix: String
        /// The label of its domain below each of `gateway.hosts`, prefix stripped: `kms` in kms.localhost.
        package var subdomain: String
        /// A port of its own at the gateway, prefix stripped.
        package var port: Int?
        /// At least one.
        package var replicas: [Replica]
        /// Whether `fountain up` runs it on this host; never true of a foreign service.
        package var run: Bool
        /// What a foreign service is told; the built-in ones have sections of their own.
        package var settings = ServiceSettings()

        /// nil for a foreign service.
        package var builtin: Builtin? { Builtin(rawValue: name) }

        package init(
            name: String,
            prefix: String,
            subdomain: String? = nil,
            port: Int? = nil,
            replicas: [Replica],
            run: Bool
        ) {
            self.name = name
            self.prefix = prefix
            self.subdomain = subdomain ?? Self.subdomain(of: name)
            self.port = port
            self.replicas = replicas
            self.run = run
        }

        /// What a domain may be called: names have no underscores there, and who searches looks for Typesense.
        private static func subdomain(of name: String) -> String {
            name == Builtin.typesenseClient.rawValue ? "typesense" : String(name.map { $0 == "_" ? "-" : $0 })
        }

        /// The services that this program implements.
        package enum Builtin: String, Sendable, CaseIterable {
            case kms
            case twoFactor = "2fa"
            case serviceA = "service_a"
            case typesenseClient = "typesense_client"
        }
    }

    /// One running copy of a service.
    package struct Replica: Sendable, Equatable {
        /// The ROUTER that takes calls.
        package var calls: Socket
        /// The XPUB that publishes events.
        package var events: Socket

        package init(calls: Socket, events: Socket) {
            self.calls = calls
            self.events = events
        }

        /// The two ends of a socket; they differ where a host is known to others by a name it cannot bind.
        package struct Socket: Sendable, Equatable {
            package var connect: Endpoint
            package var bind: Endpoint

            package init(connect: Endpoint, bind: Endpoint? = nil) {
                self.connect = connect
                self.bind = bind ?? connect
            }
        }
    }
}
