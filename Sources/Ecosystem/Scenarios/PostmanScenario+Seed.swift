// The three scenarios again, as folders of the gateway's Postman collection: the same steps as `Scenarios`, which Postman, Newman or
// `scripts/postman-run` play one after the other. The second and the third need the token of the first.
//
// Each run is of accounts, elements and keys of its own, so that it may be played again on the same data; they stay behind.

import Bus
import Contracts
import Gateway

extension PostmanScenario {
    static let seed = [userLogin, sequenceAndSearch, keyRotation]

    /// Scenario 1.
    static let userLogin = PostmanScenario(
        "1. User login + 2FA",
        """
        Registers an admin, logs in, enrols an authenticator app, and steps up with its code. The first account of a topology that says \
        `first_admin: open` may be admin; later, and elsewhere, put what `fountain admin bootstrap` prints into the variable `admin_token`.
        """,
        settings: [
            Setting(
                "admin_token",
                "",
                "Of `fountain admin bootstrap`, for one run; empty for the first account of all."
            ),
            Setting("password", "correct horse battery", "Of the account that scenario 1 makes."),
        ],
        [
            PostmanStep(
                "register an admin",
                KMS.register,
                201,
                [
                    "username": "{{username}}", "password": "{{password}}", "roles": "admin",
                    "admin_token": .variable("admin_token_json"),
                ],
                before: PostmanScript.freshAccount
            ),
            PostmanStep(
                "log in with the password",
                KMS.login,
                200,
                ["username": "{{username}}", "password": "{{password}}"]
            ),
            PostmanStep(
                "enrol an authenticator app",
                TwoFactorOperations.enroll,
                201,
                keeps: ["totp_secret": .body("secret")]
            ),
            PostmanStep(
                "confirm it with the app's code",
                TwoFactorOperations.confirm,
                200,
                ["otp_code": "{{otp_code}}"],
                before: PostmanScript.oneTimeCode(stepsAhead: 0),
                checks: [.atLeast("there are recovery codes", .body("recovery_codes.length"), 1)]
            ),
            PostmanStep(
                "create an API key with the password's token alone: refused",
                KMS.createKey,
                401,
                ["service_name": "too-early"],
                checks: [
                    .equal(
                        "the answer asks for a one-time password (RFC 9470)",
                        .body("code"),
                        "insufficient_user_authentication"
                    ), .isText("and says so in WWW-Authenticate", .header("WWW-Authenticate")),
                ]
            ),
            PostmanStep("ask for a code to be sent", TwoFactorOperations.generate, 200),
            PostmanStep(
                "verify the app's next code",
                TwoFactorOperations.verify,
                200,
                ["otp_code": "{{otp_code}}"],
                before: PostmanScript.oneTimeCode(stepsAhead: 1)
            ),
            PostmanStep(
                "the same code again: refused",
                TwoFactorOperations.verify,
                401,
                ["otp_code": "{{otp_code}}"]
            ),
        ]
    )

    /// Scenario 2. A search waits for the write whose position it names, so that nobody has to guess how long the index takes.
    static let sequenceAndSearch = PostmanScenario(
        "2. Service A sequence and search",
        "Creates an element, which the search finds, and its next version. Needs a token: run 1, or kms.login.",
        [
            PostmanStep(
                "create an element",
                SequenceOperations.create,
                201,
                line,
                headers: ["Idempotency-Key": "{{idempotency_key}}"],
                before: PostmanScript.freshElement,
                keeps: ["offset": .header("Fountain-Offset")],
                checks: [.atLeast("it has the next number of its type", .body("sequenceNumber"), 1)]
            ),
            PostmanStep(
                "create it again under the same key: the same answer, nothing done",
                SequenceOperations.create,
                201,
                line,
                headers: ["Idempotency-Key": "{{idempotency_key}}"],
                checks: [
                    .equal("the answer was given before", .header("Idempotency-Replayed"), "true"),
                    .equal("it is the same", .header("Fountain-Offset"), "{{offset}}"),
                ]
            ),
            search(
                "search for its line, once the index has it",
                "nobler {{word}}",
                .equal("the search finds it", .body("hits[0].id"), "spokenWord_{{element_id}}")
            ),
            PostmanStep(
                "add a version",
                SequenceOperations.version,
                201,
                [
                    "elementType": "spokenWord", "elementId": .variable("element_id"),
                    "newVersionData": .json(["take": 2]), "comment": "The slings and arrows, {{word}}",
                ],
                keeps: ["offset": .header("Fountain-Offset")]
            ),
            search(
                "search for the new version",
                "slings {{word}}",
                .equal("it is the new version", .body("hits[0].version_number"), 2)
            ),
        ]
    )

    private static let line: [String: PostmanStep.Value] = [
        "elementType": "spokenWord", "elementId": .variable("element_id"),
        "comment": "Whether 'tis nobler in the mind to suffer, {{word}}",
    ]

    private static func search(_ words: String, _ query: PostmanStep.Value, _ check: PostmanStep.Check) -> PostmanStep {
        PostmanStep(
            words,
            SearchOperations.search,
            200,
            ["q": query, "query_by": "comment", "fountain_offset": "{{offset}}"],
            checks: [.equal("one is found", .body("found"), 1), check]
        )
    }

    /// Scenario 3.
    static let keyRotation = PostmanScenario(
        "3. API key rotation",
        "Makes an API key, rotates it and revokes it, and shows after each which key is good. Needs a stepped-up token: run 1.",
        [
            PostmanStep(
                "create an API key",
                KMS.createKey,
                201,
                ["service_name": key],
                before: PostmanScript.freshKey,
                keeps: ["old_key": .body("api_key")]
            ),
            list("list elements with the key", 200, as: "old_key"),
            PostmanStep(
                "rotate the key",
                KMS.rotateKey,
                200,
                ["service_name": key],
                keeps: ["new_key": .body("api_key")]
            ),
            list("the old key: refused", 401, as: "old_key"),
            list("the new key: good", 200, as: "new_key"),
            PostmanStep("revoke it", KMS.deleteKey, 204, ["service_name": key]),
            list("the revoked key: refused", 401, as: "new_key"),
        ]
    )

    private static let key: PostmanStep.Value = "reporting-{{run}}"

    private static func list(_ words: String, _ status: Int, as key: String) -> PostmanStep {
        PostmanStep(words, SequenceOperations.list, status, as: .key(key), ["elementType": "spokenWord"])
    }
}
