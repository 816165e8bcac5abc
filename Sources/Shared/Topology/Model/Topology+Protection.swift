// What keeps one client of the gateway from costing the others: whose word about clients counts, how much each may ask for, and which pages of
// other origins may.

extension Topology.Gateway {
    /// Who stands between clients and the gateway, and says for whom.
    package struct Proxies: Sendable, Equatable {
        /// Which header they say it in. Only one: the other may be the client's own, passed on.
        package enum Word: String, Sendable, CaseIterable {
            case xForwardedFor = "x-forwarded-for"
            case forwarded
            case nobody
        }

        package var word = Word.xForwardedFor
        /// Whose word counts. The default is this machine, where Caddy is.
        package var trusted = ["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) }

        package init() {}
    }

    /// So many requests in a period, and so many of them at once.
    package struct Allowance: Sendable, Equatable {
        package var count: Int
        package var period: Duration
        package var burst: Int

        package init(count: Int, period: Duration, burst: Int) {
            (self.count, self.period, self.burst) = (count, period, burst)
        }
    }

    /// How much each may ask for; nil is as much as there is. In `production` topologies each of the first three has a default.
    package struct Allowances: Sendable, Equatable {
        /// For an address, whoever speaks from it (in IPv6 a network of 64 bits).
        package var address: Allowance?
        /// For a user, from wherever.
        package var principal: Allowance?
        /// For an API key.
        package var key: Allowance?
        /// For an operation, asked by one caller: its principal, or its address where nobody has logged in.
        package var operations: [String: Allowance] = [:]
        /// So many callers are told apart at most; beyond that those who were quiet longest are forgotten.
        package var maxCallers = 100_000

        package init() {}

        package static let production: Allowances = {
            var allowances = Allowances()
            allowances.address = Allowance(count: 300, period: .seconds(1), burst: 600)
            allowances.principal = Allowance(count: 200, period: .seconds(1), burst: 400)
            allowances.key = Allowance(count: 1000, period: .seconds(1), burst: 2000)
            return allowances
        }()
    }

    /// Whose pages may read answers, and ask for changes (CORS). Nobody's but our own, where the topology does not say.
    package struct CrossOrigin: Sendable, Equatable {
        /// As browsers write them: `https://app.example`, with the port where it is not the scheme's.
        package var origins: [String] = []
        /// For how long a browser may remember what it was allowed.
        package var maxAge = Duration.seconds(600)

        package init() {}
    }
}
