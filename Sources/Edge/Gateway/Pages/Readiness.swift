// What `/ready` answers while every service can be asked: `ready`, or `degraded` where some have fewer replicas than the topology lists.
//
//     {"status":"degraded","replicas":[{"service":"kms","answering":[1],"silent":[2]}, …]}
//
// Where no service has several replicas it says `{"status":"ready"}` and no more.

internal import Bus

struct Readiness: Encodable {
    enum Status: String, Encodable, CaseIterable {
        case ready, degraded
    }

    let status: Status
    let replicas: [ReplicaStanding]?

    init(_ replicas: [ReplicaStanding]) {
        status = replicas.allSatisfy(\.silent.isEmpty) ? .ready : .degraded
        self.replicas = replicas.isEmpty ? nil : replicas
    }

    static var schema: JSONSchema {
        var words = JSONSchema.string(oneOf: Status.allCases.map(\.rawValue))
        words.title = "ReadinessStatus"
        return object("Readiness", ["status": words, "replicas": .array(of: replica)], required: ["status"])
    }

    private static var replica: JSONSchema {
        var number = JSONSchema.integer()
        number.minimum = 1
        let numbers = JSONSchema.array(of: number)
        let properties = ["service": JSONSchema.string(), "answering": numbers, "silent": numbers]
        return object("ReplicaStanding", properties, required: ["service", "answering", "silent"])
    }

    private static func object(_ title: String, _ properties: [String: JSONSchema], required: [String]) -> JSONSchema {
        var schema = JSONSchema(.object)
        schema.title = title
        schema.properties = properties
        schema.required = required
        schema.additionalProperties = false
        return schema
    }
}
