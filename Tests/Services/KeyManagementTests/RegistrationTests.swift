// Who may register with which roles, the first administrator above all, and which names and passwords are refused.

import Bus
import Contracts
import Testing

@testable import KeyManagement

@Suite struct RegistrationTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    @Test func `the seed's own registration and login work as written`() async throws {
        let body = #"{"username":"testadmin","password":"secure123","roles":"admin"}"#
        let answer = try await kms.call("kms.register", Array(body.utf8))
        #expect(String(decoding: answer, as: UTF8.self) == #"{"message":"User registered successfully"}"#)
        let tokens = try await kms.login("testadmin", "secure123")
        #expect(tokens.tokenType == "bearer")
        #expect(try Claims(token: tokens.accessToken).roles == ["admin", "user"])
    }

    @Test(arguments: [#""admin,editor""#, #""editor, admin""#, #"["editor","admin"]"#])
    func `roles are taken as text and as a list`(roles: String) async throws {
        let body = #"{"username":"ada","password":"correct horse","roles":\#(roles)}"#
        _ = try await kms.call("kms.register", Array(body.utf8))
        #expect(try await kms.principal("ada").roles == ["admin", "editor", "user"])
    }

    @Test func `only the first account may take admin for itself`() async throws {
        try await kms.register("first")
        let failure = await #expect(throws: Failure.self) { try await kms.register("second", roles: ["admin"]) }
        #expect(failure?.code == .forbidden)
        #expect(failure?.fields?.map(\.field) == ["roles"])
        #expect(try await kms.store.read { try $0.find(Account.self, "second") } == nil)
    }

    @Test func `asking for the role user is asking for nothing`() async throws {
        try await kms.register("first")
        try await kms.register("second", roles: ["user"])
        #expect(try await kms.principal("second").roles == ["user"])
    }

    @Test(arguments: Backend.allCases)
    func `of many that ask at once one becomes the first admin`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { (try? await kms.register("user\(number)", roles: ["admin"])) != nil }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(admitted == 1)
    }

    @Test func `an admin may register others with roles`() async throws {
        let admin = try await kms.admin()
        try await kms.register("ada", roles: ["admin"], as: admin)
        #expect(try await kms.principal("ada").roles == ["admin", "user"])
    }

    @Test func `a token of an administrator who is one no more makes no admin`() async throws {
        let admin = try await kms.admin()
        try await kms.register("eve", roles: ["admin"], as: admin)
        let eve = try await kms.principal("eve")
        _ = try await kms.call(KMS.disableUser, kms.name("eve"), as: admin)
        let failure = await #expect(throws: Failure.self) { try await kms.register("ada", roles: ["admin"], as: eve) }
        #expect(failure?.code == .forbidden)
    }

    @Test(arguments: [StepUp.ifEnrolled, .always])
    func `an admin with a second factor must have shown it`(rule: StepUp) async throws {
        let kms = try TestKMS(isEnrolled: { $0 == "root" }, configure: { $0.adminStepUp = rule })
        let admin = try await kms.admin()
        let failure = await #expect(throws: Failure.self) { try await kms.register("ada", roles: ["admin"], as: admin) }
        #expect(failure?.code == .insufficientUserAuthentication)
        let steppedUp = Principal(kind: .user, subject: "root", roles: ["admin"], amr: ["pwd", "otp"])
        try await kms.register("ada", roles: ["admin"], as: steppedUp)
    }

    @Test func `neither a user nor an API key grants roles`() async throws {
        _ = try await kms.admin()
        for principal in [
            Principal(kind: .user, subject: "ada", roles: ["user"]),
            Principal(kind: .apiKey, subject: "job", roles: ["admin"]),
        ] {
            let failure = await #expect(throws: Failure.self) {
                try await kms.register("eve", roles: ["admin"], as: principal)
            }
            #expect(failure?.code == .forbidden)
        }
    }

    @Test func `where the topology says token the first admin needs one, once`() async throws {
        let kms = try TestKMS(configure: { $0.firstAdmin = .token })
        let token = try await kms.service.makeAdminToken()
        await #expect(throws: Failure.self) { try await kms.register("eve", roles: ["admin"]) }
        await #expect(throws: Failure.self) { try await kms.register("eve", roles: ["admin"], adminToken: "guess") }
        try await kms.register("ada", roles: ["admin"], adminToken: token)
        #expect(try await kms.principal("ada").roles == ["admin", "user"])
        let failure = await #expect(throws: Failure.self) {
            try await kms.register("eve", roles: ["admin"], adminToken: token)
        }
        #expect(failure?.fields?.map(\.field) == ["admin_token"])
    }

    @Test func `an admin token dies of age`() async throws {
        let token = try await kms.service.makeAdminToken()
        kms.clock.advance(.seconds(3600))
        try await kms.register("first")
        await #expect(throws: Failure.self) { try await kms.register("eve", roles: ["admin"], adminToken: token) }
    }

    @Test(arguments: ["ada", "Ada", "ADA"])
    func `a name is taken in every spelling`(spelling: String) async throws {
        try await kms.register("ada")
        let failure = await #expect(throws: Failure.self) { try await kms.register(spelling, "another one") }
        #expect(failure?.code == .conflict)
        try await kms.login("ada")
    }

    @Test(arguments: ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou1", "adalovelace"])
    func `common passwords and the username are refused by name`(password: String) async throws {
        let failure = await #expect(throws: Failure.self) { try await kms.register("adalovelace", password) }
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.fields?.map(\.field) == ["password"])
    }

    @Test func `fields that only the service may set are not listened to`() async throws {
        try await kms.register("first")
        let body = #"{"username":"eve","password":"correct horse","state":"active","role":"admin","verified":true}"#
        _ = try await kms.call("kms.register", Array(body.utf8))
        #expect(try await kms.principal("eve").roles == ["user"])
    }
}
