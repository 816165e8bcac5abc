// Which replicas of a service can be asked. By their numbers, as the topology lists them and `fountain serve NAME --replica 2` says them.

struct ReplicaStanding: Sendable, Equatable, Encodable {
    let service: String
    let answering: [Int]
    let silent: [Int]

    init(service: String, isThere: [Bool]) {
        self.service = service
        answering = isThere.indices.filter { isThere[$0] }.map { $0 + 1 }
        silent = isThere.indices.filter { !isThere[$0] }.map { $0 + 1 }
    }
}
