// `fountain screenplay`: what a writer's file is read as, element by element. It asks no service, and changes nothing.

import ArgumentParser
import Foundation
import Screenplay

struct ScreenplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screenplay",
        abstract: "Show what a Fountain file is read as, an element a line; no ecosystem is needed.",
        discussion: "fountain screenplay hamlet.fountain"
    )

    @Argument(help: "The .fountain file, in UTF-8.")
    var file: String

    @Flag(help: "As JSON, an object a line.")
    var json = false

    func run() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for element in DescribedElement.all(of: try ScreenplayFile(file).screenplay) {
            try say(json ? String(decoding: try encoder.encode(element), as: UTF8.self) : element.summary)
        }
    }
}
