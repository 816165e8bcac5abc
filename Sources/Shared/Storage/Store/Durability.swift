/// What an answered write has survived.
package enum Durability: Sendable {
    /// It is on disk, whatever fails after the answer.
    case onDisk
    /// It is committed, whole, and survives the end of this process. Where the machine itself fails it may be gone, with all that was written behind it: for
    /// what can be made again, and knows from where on. On PostgreSQL it is as durable as any other.
    case eventual
}
