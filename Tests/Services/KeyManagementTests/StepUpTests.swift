// The second factor of administrators, asked for by the service itself: over the bus there is no gateway that would.

import Bus
import Contracts
import Testing

@testable import KeyManagement

@Suite struct StepUpTests {
    static func principal(_ kind: Principal.Kind = .user, amr: [String]? = ["pwd"]) -> Principal {
        Principal(kind: kind, subject: "root", roles: ["admin", "user"], amr: amr, tokenID: "s.1")
    }

    @Test(
        arguments: [
            (StepUp.ifEnrolled, false, principal(), true), (.ifEnrolled, true, principal(), false),
            (.ifEnrolled, true, principal(amr: ["pwd", "otp", "mfa"]), true),
            (.ifEnrolled, true, principal(.apiKey, amr: nil), true), (.always, false, principal(), false),
            (.always, true, principal(amr: ["pwd", "mfa"]), true),
            (.always, false, principal(.apiKey, amr: nil), false),
        ] as [(StepUp, Bool, Principal, Bool)]
    )
    func `administration is refused where a factor is due and was not shown`(
        rule: StepUp,
        isEnrolled: Bool,
        principal: Principal,
        isLetIn: Bool
    ) async throws {
        let kms = try TestKMS(isEnrolled: { _ in isEnrolled }, configure: { $0.adminStepUp = rule })
        let refusal = try await kms.refusal(KMS.listKeys, Empty(), as: principal)
        #expect(refusal == (isLetIn ? nil : .insufficientUserAuthentication))
        #expect(try await kms.audit() == (isLetIn ? [] : ["kms.keys.list  insufficient_user_authentication"]))
    }

    @Test func `while nobody can say who is enrolled nobody is let in`() async throws {
        let kms = try TestKMS(isEnrolled: { _ in throw Failure(.unavailable, "nobody") })
        #expect(try await kms.refusal(KMS.listKeys, Empty(), as: Self.principal()) == .unavailable)
    }

    @Test func `a new password asks for the factor of whoever has one`() async throws {
        let kms = try TestKMS(isEnrolled: { $0 == "ada" })
        for name in ["ada", "eve"] { try await kms.register(name) }
        let change = KMS.PasswordChange(
            currentPassword: try #require(KMS.Password(TestKMS.password)),
            newPassword: try #require(KMS.NewPassword("another horse"))
        )
        let (ada, eve) = (try await kms.principal("ada"), try await kms.principal("eve"))
        #expect(try await kms.refusal(KMS.changePassword, change, as: ada) == .insufficientUserAuthentication)
        #expect(try await kms.audit().last == "kms.users.password ada insufficient_user_authentication")
        #expect(try await kms.refusal(KMS.changePassword, change, as: eve) == nil)
    }
}
