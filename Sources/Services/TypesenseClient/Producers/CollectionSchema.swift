// What a producer's documents have, and what may be asked of it. Pure: what does not fit together is refused, naming the field.

import Bus
import Contracts

package struct CollectionSchema: Sendable, Equatable {
    let fields: [SchemaField]
    /// Where nothing else says how to sort.
    let sorting: SchemaField?
    let definition: NewCollection

    package var name: String { definition.name.text }
    var indexed: [SchemaField] { fields.filter(\.isIndexed) }
    /// Words can be looked for there.
    var texts: [SchemaField] { indexed.filter(\.isText) }
    var numbers: [SchemaField] { indexed.filter(\.isNumber) }

    /// - Throws: `Failure` with `invalid_request` naming the field.
    init(_ new: NewCollection, _ limits: ProducerLimits) throws(Failure) {
        guard (1...limits.fields).contains(new.fields.count) else {
            throw .invalid("fields", "must be 1 to \(limits.fields) here")
        }
        try self.init(new)
        var names: Set<String> = []
        for (index, field) in new.fields.enumerated() {
            guard names.insert(field.name.text).inserted else {
                throw .invalid("fields.\(index).name", "is there twice")
            }
            guard field.facet != true || field.index != false else {
                throw .invalid("fields.\(index).facet", "needs a field that is indexed")
            }
        }
        for field in fields where field.name == "revision" && field.type != .int64 {
            throw .invalid("fields.\(field.number).type", "must be int64 of a revision")
        }
    }

    /// One that has been checked before.
    init(_ definition: NewCollection) throws(Failure) {
        self.definition = definition
        fields = definition.fields.enumerated().map { SchemaField(number: $0, $1) }
        guard let name = definition.defaultSortingField?.text else {
            sorting = nil
            return
        }
        sorting = fields.first { $0.name == name && $0.isSortable && $0.isOrdered }
        guard sorting != nil else {
            throw .invalid(
                "default_sorting_field",
                "must be one of the fields: a number, no list, indexed, and in every document"
            )
        }
    }
}
