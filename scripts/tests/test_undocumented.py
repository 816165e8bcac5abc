"""scripts/undocumented.awk, which scripts/lint asks: what it reports, and what it lets through."""

import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).parents[1] / "undocumented.awk"

SOURCE = '''
public struct A {
    /// Said.
    @available(
        *,
        deprecated
    )
    public func b() {}
    @discardableResult  // because
    public func c() -> Int { 1 }
    /// Said.
    @discardableResult  // because
    public func d() -> Int { 1 }
    @TaskLocal public static var e: Int?
    package let f = 1
    let text = """
        public func inText() {}
        """
}
extension A: Hashable {
    public private(set) var g: Int { 1 }
    public func hash(into hasher: inout Hasher) {}
}
/// Said.
public protocol P {
    func h()
    /// Said.
    var i: Int { get }
}
/// Said.
public enum E {
    case l
    /// Said.
    case m, n
    func f() {
        switch self {
        case .l: break
        }
    }
    private enum Keys {
        case o
    }
}
protocol Inner {
    func inner()
}
/// Said.
public struct V: TextValue {
    public static let rule = "must be"
    public let text: String
    public var description: String { text }
}
/// Said.
public struct W<Bounds: TextBounds>: Codable {
    public static let rule = "must be"
    public let text: String
    public var description: String?
}
'''


def test_it_names_what_has_no_words_and_nothing_else(tmp_path):
    file = tmp_path / "A.swift"
    file.write_text(SOURCE)
    said = subprocess.run(["awk", "-f", SCRIPT, file], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.removeprefix(f"{file}:").split(": ", 1)[1].removesuffix(" has no doc comment") for line in said] == [
        "public struct A", "public func c() -> Int", "public static var e: Int?", "public private(set) var g: Int", "public func h()", "public case l", "public static let rule = \"must be\"",
        "public let text: String", "public var description: String?",
    ]
    assert said[0].startswith(f"{file}:2: ")
