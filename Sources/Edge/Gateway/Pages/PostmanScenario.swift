// Scenarios of a Postman collection: requests in an order, each of an operation that a service declares, with what is expected of its answer and
// what the next ones are told. Values alone: `PostmanFolder` writes them.
//
// A step says which operation, never its method, path or fields: those are the operation's. The scripts are Postman's own `pm`, nothing else.

package import Bus

/// A folder of the collection, which is there where all its operations are.
package struct PostmanScenario: Sendable {
    /// A variable of the collection that a user may set.
    package struct Setting: Sendable {
        let name: String
        let value: String
        let words: String

        package init(_ name: String, _ value: String, _ words: String) {
            (self.name, self.value, self.words) = (name, value, words)
        }
    }

    /// The folder's name.
    package let name: String
    /// What a user should know before it is run.
    let about: String
    let settings: [Setting]
    package let steps: [PostmanStep]

    package init(_ name: String, _ about: String, settings: [Setting] = [], _ steps: [PostmanStep]) {
        (self.name, self.about, self.settings, self.steps) = (name, about, settings, steps)
    }
}

package struct PostmanStep: Sendable {
    /// Whose rights the request has; an operation for everybody is asked as nobody.
    package enum Caller: Sendable {
        /// Of the collection's variable `access_token`.
        case token
        /// Of an API key, which a variable of this name has.
        case key(String)
    }

    /// A member of the input.
    package enum Value: Sendable, ExpressibleByStringLiteral {
        /// Texts may have `{{variables}}`.
        case json(JSONValue)
        /// What a variable of this name has, as JSON, without quotes about it.
        case variable(String)

        package init(stringLiteral value: String) { self = .json(.string(value)) }
    }

    /// A part of an answer.
    package enum Source: Sendable {
        /// As JavaScript would say it behind the body: `hits[0].id`.
        case body(String)
        case header(String)
    }

    package enum Check: Sendable {
        /// Texts may have `{{variables}}`.
        case equal(String, Source, JSONValue)
        case atLeast(String, Source, Int)
        case isText(String, Source)
    }

    /// The item's name.
    package let words: String
    /// The operation's name.
    package let operation: String
    /// That an answer must have.
    let status: Int
    var caller = Caller.token
    package var input: [String: Value] = [:]
    var headers: [String: String] = [:]
    /// Lines of JavaScript before the request.
    var before: [String] = []
    /// Variables, and where in a good answer their values are.
    var keeps: [String: Source] = [:]
    var checks: [Check] = []

    /// A step that does what `words` say by `operation`, and expects `status`; the rest as the properties say.
    package init<Input, Output>(
        _ words: String,
        _ operation: Operation<Input, Output>,
        _ status: Int,
        as caller: Caller = .token,
        _ input: [String: Value] = [:],
        headers: [String: String] = [:],
        before: [String] = [],
        keeps: [String: Source] = [:],
        checks: [Check] = []
    ) {
        (self.words, self.operation, self.status) = (words, operation.name, status)
        (self.caller, self.input, self.headers) = (caller, input, headers)
        (self.before, self.keeps, self.checks) = (before, keeps, checks)
    }
}
