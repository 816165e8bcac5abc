// A success as JSON lines, where its operation answers a list (`LineMembers`) and its client asks for lines: the elements, one a line, and
// nothing else. Header fields stay as they are; failures are problem documents in any case.

internal import Bus
internal import HTTPServer

enum LinesAnswer {
    /// Answers above this many bytes are taken apart elsewhere than on the bus loop.
    private static let large = 16 << 10

    static func written(_ response: HTTPResponse, of operation: OperationDescription, for request: HTTPRequest) async
        -> HTTPResponse
    {
        guard let lines = operation.lines, response.status == operation.success,
            let type = MediaType.wishedLines(request.headers.all("Accept"))
        else { return response }
        let body = response.body
        var response = response
        if body.count > large {
            response.body = await withTaskExecutorPreference(globalConcurrentExecutor) { text(lines.output, body) }
        } else {
            response.body = text(lines.output, body)
        }
        response.headers = [("Content-Type", type)] + response.headers.filter { $0.0 != "Content-Type" }
        return response
    }

    static func text(_ name: String, _ body: [UInt8]) -> [UInt8] {
        guard let list = JSONSkim.members([name], of: body[...])[name] else { return [] }
        var text: [UInt8] = []
        text.reserveCapacity(list.count)
        JSONSkim.each(in: list) { _, element in
            // A line feed in JSON stands only where a blank may stand.
            text += element.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
            text.append(0x0A)
        }
        return text
    }
}
