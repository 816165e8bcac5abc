// What the Postman scenarios do in JavaScript before a request: names that no run before has had, and one-time codes.
//
// `Date` and `crypto-js` are all that is used: every Postman and every Newman has both. (Newer ones call the latter deprecated, but what they would
// have instead, the older ones lack.)

enum PostmanScript {
    /// The text in quotes, or `null`: who has no token must not send an empty one.
    static let freshAccount =
        fresh("run", "Date.now().toString(36)") + fresh("username", #""postman-" + Date.now().toString(36)"#) + [
            #"pm.variables.set("admin_token_json", JSON.stringify(pm.variables.get("admin_token") || null));"#
        ]

    static let freshElement =
        fresh("element_id", "Date.now()") + fresh("word", #""ophelia" + Date.now()"#)
        + fresh("idempotency_key", #"pm.variables.replaceIn("{{$guid}}")"#)

    static let freshKey = fresh("run", "Date.now().toString(36)")

    private static func fresh(_ name: String, _ expression: String) -> [String] {
        ["pm.collectionVariables.set(\"\(name)\", \(expression));"]
    }

    /// RFC 6238 as authenticator apps have it. A code is good once, and that of the next half minute is good already: so `stepsAhead` of the second
    /// code is 1.
    static func oneTimeCode(stepsAhead: Int) -> [String] {
        let lines = #"""
            const CryptoJS = require("crypto-js");
            // What an authenticator app does (RFC 6238): the HMAC-SHA1 of the number of this half minute, cut to six digits.
            const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
            const bits = Array.from(pm.collectionVariables.get("totp_secret"))
                .map(letter => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
            const key = bits.match(/.{8}/g).map(byte => parseInt(byte, 2).toString(16).padStart(2, "0")).join("");
            const step = (Math.floor(Date.now() / 30000) + STEPS).toString(16).padStart(16, "0");
            const mac = CryptoJS.HmacSHA1(CryptoJS.enc.Hex.parse(step), CryptoJS.enc.Hex.parse(key)).toString();
            const place = parseInt(mac.slice(-1), 16) * 2;
            const number = (parseInt(mac.slice(place, place + 8), 16) & 0x7fffffff) % 1000000;
            pm.collectionVariables.set("otp_code", String(number).padStart(6, "0"));
            """#
        return lines.replacing("STEPS", with: "\(stepsAhead)").split(separator: "\n").map(String.init)
    }
}
