// What the gateway compresses for those who ask for it.

extension Topology.Gateway {
    package struct Compression: Sendable, Equatable {
        /// Bytes of an answer that is worth it, and of the longest that is compressed.
        package var from = 1 << 10
        package var to = 8 << 20
        /// So many answers are being compressed at one time; others go as they are. 0: none.
        package var atOnce = 4

        package init() {}
    }
}
