// What scripts of a Postman collection have here: the part of Postman's `pm` that ours use, by Postman's own names and meaning, and nothing more.
//
// `sandbox(input)` lays it out; what a script has done is in `outcome()`. No text, no clock and no network come in but through `input`, which
// scripts/postman-run gives. Whatever is asked for and not here is refused by name: it is not `undefined`, which a script might take for an answer.
"use strict";

var outcome;

function sandbox(input) {
    const done = { tests: [], console: [], refused: null, request: null };
    const scopes = { local: input.local, environment: input.environment, collection: input.collection };
    outcome = () => JSON.stringify({ ...done, ...scopes });

    const refuse = what => {
        done.refused = done.refused || what;
        throw new Error(`${what} is not known here`);
    };
    // An object that has these members and refuses all others.
    const known = (name, members) => new Proxy(members, {
        get: (_, member) => typeof member === "symbol" || member in members ? members[member] : refuse(`${name}.${member}`),
        set: (_, member) => refuse(`setting ${name}.${String(member)}`),
    });

    // MARK: Variables

    const dynamic = {
        $guid: () => "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, () => Math.floor(Math.random() * 16).toString(16)),
        $timestamp: () => String(Math.floor(Date.now() / 1000)),
    };
    const find = name => [scopes.local, scopes.environment, scopes.collection].map(scope => scope[name]).find(value => value !== undefined);
    // As Postman does, `replaceIn` leaves what has no value. A request with such a hole is not sent, which is a failure: somebody did not hand it on.
    const replaced = (text, isWhole) => text.replace(/\{\{([^{}]+)\}\}/g, (hole, name) => {
        if (name[0] === "$") return dynamic[name] ? dynamic[name]() : refuse(hole);
        const value = find(name);
        if (value === undefined && isWhole) throw new Error(`${hole} has no value`);
        return value === undefined ? hole : String(value);
    });
    const throughout = value => {
        if (typeof value === "string") return replaced(value, true);
        if (Array.isArray(value)) return value.map(throughout);
        if (value === null || typeof value !== "object") return value;
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, throughout(inner)]));
    };
    const variables = (name, scope, more) => known(name, {
        get: key => scope[key],
        has: key => scope[key] !== undefined,
        set: (key, value) => { scope[key] = value; },
        unset: key => { delete scope[key]; },
        ...more,
    });

    // MARK: Expectations, by chai's names

    const show = value => value === undefined ? "undefined" : JSON.stringify(value);
    const kind = value => value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    const same = (one, other) => {
        if (one === null || typeof one !== "object" || kind(one) !== kind(other)) return Object.is(one, other);
        const names = Object.keys(one);
        return names.length === Object.keys(other).length && names.every(name => name in other && same(one[name], other[name]));
    };
    const expectation = (name, actual, holds, isNegated = false) => {
        const check = (is, words) => {
            if (is === isNegated) throw new Error(`expected ${show(actual)} ${isNegated ? "not " : ""}to ${words}`);
            return chain;
        };
        const members = holds(actual, check, () => expectation(name, actual, holds, !isNegated));
        const chain = known(name, members);
        for (const word of ["to", "be", "been", "is", "that", "and", "has", "have", "with", "at"]) {
            Object.defineProperty(members, word, { get: () => chain });
        }
        return chain;
    };
    const ofValues = (actual, check, negated) => {
        const a = type => check(kind(actual) === type, `be a ${type}`);
        const eql = value => check(same(actual, value), `be ${show(value)}`);
        return {
            a, an: a, eql,
            equal: value => check(actual === value, `be ${show(value)}`),
            above: number => check(actual > number, `be above ${number}`),
            below: number => check(actual < number, `be below ${number}`),
            least: number => check(actual >= number, `be at least ${number}`),
            most: number => check(actual <= number, `be at most ${number}`),
            include: part => check(actual.includes(part), `include ${show(part)}`),
            match: pattern => check(pattern.test(actual), `match ${pattern}`),
            oneOf: values => check(values.includes(actual), `be one of ${show(values)}`),
            lengthOf: length => check(actual.length === length, `have length ${length}`),
            property: member => check(Object(actual) === actual && member in actual, `have a member ${member}`),
            get not() { return negated(); },
        };
    };

    // MARK: The answer

    const field = name => (input.response.headers.find(([key]) => key.toLowerCase() === name.toLowerCase()) || [])[1];
    const ofAnswers = (answer, check, negated) => ({
        status: code => check(answer.code === code, `have status ${code}`),
        header: (name, ...value) => check(
            value.length ? field(name) === value[0] : field(name) !== undefined, `have the header ${[name, ...value].join(": ")}`),
        get not() { return negated(); },
    });
    const response = () => known("pm.response", {
        code: input.response.code,
        responseTime: input.response.time,
        headers: known("pm.response.headers", { get: field, has: name => field(name) !== undefined }),
        text: () => input.response.body,
        json: () => JSON.parse(input.response.body),
        to: expectation("pm.response.to", { code: input.response.code, body: input.response.body.slice(0, 300) }, ofAnswers),
    });

    // MARK: HMAC-SHA1 (RFC 2104, RFC 3174), by crypto-js' names

    const turned = (word, by) => (word << by) | (word >>> (32 - by));
    const sha1 = bytes => {
        const length = bytes.length * 8;
        const padded = [...bytes, 0x80];
        while (padded.length % 64 !== 56) padded.push(0);
        for (let place = 56; place >= 0; place -= 8) padded.push(Math.floor(length / 2 ** place) & 0xff);
        const hash = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        const rounds = [[0x5a827999, (b, c, d) => (b & c) | (~b & d)], [0x6ed9eba1, (b, c, d) => b ^ c ^ d],
            [0x8f1bbcdc, (b, c, d) => (b & c) | (b & d) | (c & d)], [0xca62c1d6, (b, c, d) => b ^ c ^ d]];
        for (let block = 0; block < padded.length; block += 64) {
            const words = [];
            for (let i = 0; i < 80; i += 1) {
                words.push(i < 16
                    ? padded.slice(block + i * 4, block + i * 4 + 4).reduce((word, byte) => (word << 8) | byte, 0)
                    : turned(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1));
            }
            let [a, b, c, d, e] = hash;
            words.forEach((word, i) => {
                const [constant, mix] = rounds[Math.floor(i / 20)];
                [a, b, c, d, e] = [(turned(a, 5) + mix(b, c, d) + e + word + constant) | 0, a, turned(b, 30), c, d];
            });
            [a, b, c, d, e].forEach((word, i) => { hash[i] = (hash[i] + word) | 0; });
        }
        return hash.flatMap(word => [24, 16, 8, 0].map(place => (word >>> place) & 0xff));
    };
    const hmac = (message, key) => {
        const block = [...(key.length > 64 ? sha1(key) : key)];
        while (block.length < 64) block.push(0);
        return sha1([...block.map(byte => byte ^ 0x5c), ...sha1([...block.map(byte => byte ^ 0x36), ...message])]);
    };
    const hexed = bytes => bytes.map(byte => byte.toString(16).padStart(2, "0")).join("");
    const wordArray = bytes => known("a WordArray of crypto-js", { bytes, toString: () => hexed(bytes) });
    const parse = hex => wordArray((hex.match(/../g) || []).map(byte => parseInt(byte, 16)));
    const cryptoJS = known("crypto-js", {
        enc: known("crypto-js.enc", { Hex: known("crypto-js.enc.Hex", { parse }) }),
        HmacSHA1: (message, key) => wordArray(hmac(message.bytes, key.bytes)),
    });

    // MARK: What a script sees

    const say = (...values) => done.console.push(values.map(value => typeof value === "string" ? value : show(value)).join(" "));
    globalThis.console = known("console", { log: say, info: say, warn: say, error: say });
    globalThis.require = name => name === "crypto-js" ? cryptoJS : refuse(`require("${name}")`);
    globalThis.pm = known("pm", {
        test: (name, body) => {
            try {
                body();
                done.tests.push({ name, problem: null });
            } catch (problem) { done.tests.push({ name, problem: String(problem.message) }); }
        },
        expect: value => expectation("pm.expect", value, ofValues),
        info: known("pm.info", { requestName: input.name }),
        variables: variables("pm.variables", scopes.local, { get: find, has: key => find(key) !== undefined, replaceIn: text => replaced(text, false) }),
        environment: variables("pm.environment", scopes.environment),
        collectionVariables: variables("pm.collectionVariables", scopes.collection),
        get response() { return input.response ? response() : refuse("pm.response before the request"); },
    });
    globalThis.fill = () => { done.request = throughout(input.request); };
}
