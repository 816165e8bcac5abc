// What must happen once, however often it is asked for: the effect and the receipt of its answer are one transaction.

import Bus
import Contracts
import Receipts

extension Environment {
    /// Runs `body`, or gives the answer that it gave when this claim was made first; then `again` runs instead.
    ///
    /// - Throws: What `body` throws; `Failure` with `idempotency_key_reused` where the key belongs to another request.
    func once<Answer: Codable>(
        _ claim: ReceiptBook.Claim?,
        in tables: any Tables,
        at now: Timestamp,
        again: () throws -> Void = {},
        _ body: () throws -> Answer
    ) throws -> Answer {
        guard let claim else { return try body() }
        try tables.sweep(KeptReceipt.self, at: now, longest: ReceiptBook.lifetime)
        for id in claim.ids {
            guard let receipt = try tables.find(KeptReceipt.self, id), receipt.isKept(at: now) else { continue }
            let answer: Answer = try receipts.open(receipt.sealed, id, for: claim)
            try again()
            CallContext.current?.effect?.noteOrigin(isEarlierCall: true)
            return answer
        }
        let answer = try body()
        let (id, sealed) = try receipts.seal(answer, for: claim)
        try tables.save(KeptReceipt(id: id, sealed: sealed, expiresAt: now + ReceiptBook.lifetime))
        return answer
    }
}
