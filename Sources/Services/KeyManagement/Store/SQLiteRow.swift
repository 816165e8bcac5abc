// A value as GRDB reads and writes it, so that the values themselves know nothing of the database.

import GRDB

struct SQLiteRow<Value: TableRow>: Codable, FetchableRecord, PersistableRecord {
    static var databaseTableName: String { Value.table }
    static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy { .convertFromSnakeCase }
    static var databaseColumnEncodingStrategy: DatabaseColumnEncodingStrategy { .convertToSnakeCase }

    let value: Value

    init(_ value: Value) { self.value = value }
    init(from decoder: any Decoder) throws { value = try Value(from: decoder) }
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
