// How much a suite brings up. `make integration` and `make e2e` choose by these tags, and `scripts/lint` refuses a suite without one.

import Testing

extension Tag {
    /// The whole ecosystem, in this process.
    @Tag static var integration: Self
    /// Other processes: the built binary, Caddy, Typesense, a mail server.
    @Tag static var endToEnd: Self
}
