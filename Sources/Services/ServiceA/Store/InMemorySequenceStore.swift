// The elements in memory, for tests and ecosystems that keep nothing: the same rules as on disk, one change at a time by being an actor.

package import Bus
package import Contracts
package import Storage

package actor InMemorySequenceStore: SequenceStore {
    private struct Element {
        var number: Int
        var versions: [VersionPage.Version]
    }

    private var elements: [ElementReference: Element] = [:]
    private var answers: [String: (claim: IdempotencyClaim, answer: any Sendable)] = [:]
    private let log = MemoryEventLog(topics: [SequenceOperations.changed.name])
    private var revision: UInt64 = 0
    private let now: @Sendable () -> Deadline

    package nonisolated var events: any EventLog { log }

    package init(now: @escaping @Sendable () -> Deadline = { .now }) { self.now = now }

    package func create(_ request: CreateElement, once claim: IdempotencyClaim?) throws -> SequenceNumberAssigned {
        try once(claim) {
            if let present = elements[request.reference] {
                throw SequenceFailure.exists(request, number: present.number)
            }
            let number = count(of: request.elementType) + 1
            elements[request.reference] = Element(number: number, versions: [version(1, request.comment, nil)])
            try record([(.created, ElementRow(request, number: number))])
            return SequenceNumberAssigned(sequenceNumber: number, comment: request.comment)
        }
    }

    package func reorder(_ request: ReorderElements, once claim: IdempotencyClaim?) throws -> ElementsReordered {
        try ReorderPlan.check(request)
        return try once(claim) {
            let type = try request.elementType ?? ReorderPlan.onlyType(having: request, counts: countByType(request))
            let references = request.elementIds.map { ElementReference(elementType: type, elementId: $0) }
            let current = references.compactMap { reference in
                elements[reference].map { (reference.elementId, $0.number) }
            }
            let plan = try ReorderPlan(request, of: type, current: Dictionary(current) { first, _ in first })
            for (reference, move) in zip(references, plan.moves) {
                elements[reference]?.number = move.newSequenceNumber
            }
            let moved = zip(references, plan.moves).filter { $1.oldSequenceNumber != $1.newSequenceNumber }.map(\.0)
            try record(try moved.map { (.reordered, try row($0)) })
            return ElementsReordered(reorderedElements: plan.moves, comment: plan.summary(of: type))
        }
    }

    package func addVersion(_ request: NewVersion, once claim: IdempotencyClaim?) throws -> VersionAssigned {
        try once(claim) {
            let next = try row(request.reference).version + 1
            elements[request.reference]?.versions.append(version(next, request.comment, request.newVersionData))
            try record([(.versioned, try row(request.reference))])
            return VersionAssigned(versionNumber: next, comment: request.comment)
        }
    }

    package func delete(_ element: ElementReference, once claim: IdempotencyClaim?) throws {
        _ = try once(claim) {
            let deleted = try row(element)
            elements[element] = nil
            let behind = rows(of: element.elementType).filter { $0.number > deleted.number }
            for row in behind { elements[row.element]?.number -= 1 }
            try record([(.deleted, deleted)] + behind.map { (.reordered, $0.at($0.number - 1)) })
            return Empty()
        }
    }

    package func read(_ element: ElementReference) throws -> SequenceElement { try row(element).answer }

    package func list(_ request: ListElements) throws -> ElementPage {
        let all = rows(of: request.elementType)
        let page = all.filter { $0.number > request.after ?? 0 }.prefix(request.limit?.value ?? PageLimit.standard)
        let last = page.last?.number ?? all.count
        return ElementPage(
            elements: page.map(\.answer),
            total: all.count,
            next: last < all.count ? last : nil,
            revision: revision
        )
    }

    package func history(_ request: ListVersions) throws -> VersionPage {
        let element = ElementReference(elementType: request.elementType, elementId: request.elementId)
        guard let versions = elements[element]?.versions else { throw SequenceFailure.missing(element) }
        let page = versions.filter { $0.versionNumber > request.after ?? 0 }
            .prefix(request.limit?.value ?? PageLimit.standard)
        let last = page.last?.versionNumber ?? versions.count
        return VersionPage(versions: Array(page), next: last < versions.count ? last : nil)
    }
}

extension InMemorySequenceStore {
    /// Every body checks before it changes anything, so one that throws has changed nothing.
    private func once<Answer: Sendable>(_ claim: IdempotencyClaim?, _ body: () throws -> Answer) throws -> Answer {
        guard let claim else { return try body() }
        let name = "\(claim.sender) \(claim.key)"
        if let first = answers[name] {
            guard first.claim == claim, let answer = first.answer as? Answer else { throw claim.reused }
            return answer
        }
        let answer = try body()
        answers[name] = (claim, answer)
        return answer
    }

    /// The log is this store's alone, so counting changes gives the offset that each will have.
    private func record(_ changes: [(SequenceChange.Kind, ElementRow)]) throws {
        for (kind, row) in changes {
            revision += 1
            let payload = try PayloadCoding.encode(row.change(kind, revision: revision))
            let trace = CallContext.current?.trace
            log.append(SequenceOperations.changed.name, key: row.element.key, payload: payload, trace: trace)
        }
    }

    private func version(_ number: Int, _ comment: Comment, _ data: JSONText?) -> VersionPage.Version {
        VersionPage.Version(versionNumber: number, comment: comment, data: data, createdAt: Timestamp.text(now()))
    }

    private func row(_ reference: ElementReference) throws -> ElementRow {
        guard let element = elements[reference], let latest = element.versions.last else {
            throw SequenceFailure.missing(reference)
        }
        return ElementRow(
            element: reference,
            number: element.number,
            version: latest.versionNumber,
            comment: latest.comment,
            data: latest.data?.bytes
        )
    }

    private func rows(of type: ElementType) -> [ElementRow] {
        elements.keys.filter { $0.elementType == type }.compactMap { try? row($0) }.sorted { $0.number < $1.number }
    }

    private func count(of type: ElementType) -> Int { elements.keys.count { $0.elementType == type } }

    private func countByType(_ request: ReorderElements) -> [ElementType: Int] {
        let counts = ElementType.allCases.map { type in
            (type, request.elementIds.count { elements[ElementReference(elementType: type, elementId: $0)] != nil })
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }
}
