// The service as others meet it: through a real node, as bytes.

import Bus
import Contracts
import Foundation
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct OverTheBusTests {
    /// A 2FA service and a stand-in for the KMS, each on a node of its own, and a caller.
    private func withServices(_ body: (Node, TestBench) async throws -> Void) async throws {
        let context = try BusContext()
        func address(_ name: String) -> ServiceAddress {
            ServiceAddress(calls: "inproc://\(name).calls", events: "inproc://\(name).events")
        }
        let directory = ["kms": [address("kms")], "2fa": [address("2fa")]]
        let nodes = try ["kms", "2fa", "caller"].map {
            try Node(NodeConfiguration(name: $0, directory: directory), context: context)
        }
        var kms = Handlers()
        kms.on(KMS.stepUp) { request, context in
            let methods = request.amr.joined(separator: "+")
            let text = "\(context.peer):\(request.username.text):\(request.tokenID):\(methods)"
            return KMS.SteppedUpToken(accessToken: text, expiresIn: 900)
        }
        try await nodes[0].serve(kms, at: address("kms"))
        let bench = try TestBench()
        let service = TwoFactorService(
            store: bench.store,
            keyring: bench.service.vault.keyring,
            delivery: bench.sink,
            tokens: BusTokenIssuer(node: nodes[1]),
            clock: bench.service.clock,
            logger: bench.service.logger
        )
        try await nodes[1].serve(service.handlers(), at: address("2fa"))
        let outcome = await Result { try await body(nodes[2], bench) }
        for node in nodes.reversed() { await node.shutDown() }
        try outcome.get()
    }

    private func call(_ node: Node, _ operation: String, _ json: String, as principal: Principal?) async throws
        -> String
    {
        let reply = try await node.call(operation, payload: Array(json.utf8), as: principal)
        return String(decoding: reply, as: UTF8.self)
    }

    private let ada = Principal(kind: .user, subject: "ada", roles: ["user"], amr: ["pwd"], tokenID: "jti")

    @Test func `enrol, confirm, generate, verify: the wire names are snake case`() async throws {
        try await withServices { node, bench in
            let shown = try await node.call(TwoFactorOperations.enroll, Empty(), as: ada)
            let code = try bench.appCode(shown.secret).text
            let confirmed = try await call(node, "2fa.confirm", #"{"otp_code":"\#(code)"}"#, as: ada)
            #expect(confirmed.hasPrefix(#"{"recovery_codes":["#))
            let sent = try await call(node, "2fa.generate", "{}", as: ada)
            #expect(sent == #"{"delivered_to":"a test","expires_at":\#(bench.clock.now + 600)}"#)
            let second = try await bench.sentCode().text
            let verified = try await call(node, "2fa.verify", #"{"otp_code":"\#(second)","username":"ada"}"#, as: ada)
            let token = "2fa:ada:jti:otp"
            #expect(verified == #"{"access_token":"\#(token)","expires_in":900,"success":true,"token_type":"bearer"}"#)
        }
    }

    @Test(arguments: [
        #"{"otp_code":123456}"#, #"{"otp_code":null}"#, #"{}"#, #"{"otp_code":["123456"]}"#, #"{"otp_code":true}"#,
    ])
    func `a code that is no JSON string is malformed`(body: String) async throws {
        try await withServices { node, bench in
            _ = try await bench.enrolled()
            let failure = await expectFailure(.invalidRequest) { try await call(node, "2fa.verify", body, as: ada) }
            #expect(failure?.fields?.first?.field == "otp_code")
            #expect(try await bench.store.account(of: AccountName("ada")).attempts.isEmpty)
        }
    }

    /// Ghost#25806: a flag of the client skipped the second factor.
    @Test func `fields that nobody declared change nothing`() async throws {
        try await withServices { node, bench in
            let (secret, _) = try await bench.enrolled()
            let wrong = try bench.wrongCode(secret).text
            let body = #"{"otp_code":"\#(wrong)","verified":true,"success":true,"skip2fa":true,"roles":["admin"]}"#
            await expectFailure(.otpRejected) { try await call(node, "2fa.verify", body, as: ada) }
        }
    }

    @Test func `only peers may ask who is enrolled`() async throws {
        try await withServices { node, bench in
            _ = try await bench.enrolled()
            await expectFailure(.forbidden) { try await call(node, "2fa.status", #"{"username":"ada"}"#, as: ada) }
            #expect(try await call(node, "2fa.status", #"{"username":"ada"}"#, as: nil) == #"{"enrolled":true}"#)
            #expect(try await call(node, "2fa.status", #"{"username":"eve"}"#, as: nil) == #"{"enrolled":false}"#)
        }
    }

    @Test func `the declarations say who may call and what needs a code`() async throws {
        try await withServices { node, _ in
            let operations = try await node.call(BusOperations.info, Empty(), on: "2fa").operations
            let known = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) })
            #expect(known["2fa.disable"]?.stepUp == .always)
            #expect(known["2fa.enroll"]?.stepUp == .ifEnrolled)
            #expect(known["2fa.verify"]?.stepUp == .never)
            #expect(known["2fa.status"]?.route == nil)
            #expect(known["2fa.verify"]?.input.properties?["otp_code"]?.kinds == [.string])
            #expect(known["2fa.verify"]?.input.required == ["otp_code"])
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
