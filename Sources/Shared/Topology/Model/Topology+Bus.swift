// The limits of the bus. One set for the whole ecosystem: peers that disagree about them would time each other out.

extension Topology {
    /// How calls and events travel, and how much of each may be under way.
    package struct Bus: Sendable, Equatable {
        package var transport = Transport.ipc
        /// Over tcp without keys; only `local` and `test` may, and only on loopback.
        package var plaintext = false
        /// How often a peer says that it is there.
        package var heartbeat = Duration.seconds(1)
        /// A peer that was silent for so long is gone: calls to it answer `unavailable`.
        package var liveness = Duration.seconds(3)
        /// What the clock of another host may be off before `ping`, `doctor` and the log name it.
        package var clockTolerance = Duration.seconds(1)
        /// How long the name of a host may take to be looked up before an attempt to connect counts as failed.
        package var nameTimeout = Duration.seconds(5)
        /// The deadline of a call that does not bring its own.
        package var callTimeout = Duration.seconds(5)
        /// How much longer than its deadline a call waits for the outcome of what had begun by then.
        package var answerGrace = Duration.milliseconds(500)
        /// Bytes of the largest message, all frames together.
        package var maxMessage = 4 << 20
        package var maxOutstandingCalls = OutstandingCalls()
        /// Messages that ZeroMQ queues for a peer before a send is refused.
        package var highWaterMark = 4096
        /// Events that a subscriber holds before it lets go and refills from the publisher's log.
        package var eventBuffer = 16_384
        /// The same in bytes, whichever is reached first.
        package var eventBufferSize = 8 << 20
        /// How long a peer's loop looks for what comes next before it sleeps, while it comes that soon; zero is not at all.
        package var busyPoll = Duration.microseconds(200)
        package var retention = Retention()
        package var spans = Spans()
        package var limits = Limits()
        /// How long a service that was asked to stop goes on answering what it had accepted.
        package var drainTimeout = Duration.seconds(10)

        package init() {}

        package enum Transport: String, Sendable, CaseIterable {
            /// All in one process.
            case inproc
            /// Unix sockets in the data directory, on one host.
            case ipc
            /// Between hosts.
            case tcp
        }

        /// What a publisher keeps of a topic: so much for anybody, and so much for a named consumer that lags.
        package struct Retention: Sendable, Equatable {
            package var events = 100_000
            package var age = Duration.seconds(7 * 86_400)
            package var consumerEvents = 1_000_000
            package var consumerAge = Duration.seconds(30 * 86_400)

            package init() {}
        }

        /// What each service remembers of its calls, for `fountain explain`.
        package struct Spans: Sendable, Equatable {
            /// The newest; 0 is none.
            package var recent = 2_048
            /// The newest that were slow or failed; 0 is none.
            package var notable = 256
            /// From when on a call is slow.
            package var slow = Duration.milliseconds(250)

            package init() {}
        }

        /// What one peer may cost the others; the numbers are explained where the bus has them (`BusLimits`).
        package struct Limits: Sendable, Equatable {
            package var batch = 64 << 10
            package var batchMessages = 1_024
            package var builtinInput = 64 << 10
            package var inHand = 64 << 20
            package var inHandPerService = 256 << 20
            package var unreadAnswers = 32 << 20
            package var unreadAnswersPerPeer = 128 << 20
            package var incompleteMessage = 8 << 20
            package var connectionsPerPeer = 64
            package var subscription = 512
            package var subscriptionsPerConnection = 1_024
            package var consumersPerPeer = 64
            package var unreadEvents = 32 << 20
            package var turn = 8 << 20

            package init() {}
        }

        /// Calls accepted but not yet answered; one more is answered `overloaded`.
        package struct OutstandingCalls: Sendable, Equatable {
            package var perService = 4096
            package var perCaller = 1024

            package init() {}
        }
    }
}
