// What a person reads while work goes on.

import Ecosystem
import Testing

@Suite struct ProgressMeterTests {
    private let began = ContinuousClock.now

    private func line(_ done: Int, of total: Int, after seconds: Double, width: Int = 10) -> String {
        ProgressMeter(total: total, began: began).line(done: done, at: began + .seconds(seconds), width: width)
    }

    @Test func `it shows how far, how fast and how long still`() {
        #expect(line(1_000, of: 3_000, after: 0.4) == "[###.......] 1,000/3,000, 2,500 a second, 1 s left")
        #expect(line(3_000, of: 3_000, after: 1) == "[##########] 3,000/3,000, 3,000 a second")
        #expect(line(2, of: 4, after: 2, width: 0) == "2/4, 1 a second, 2 s left")
    }

    @Test func `before the first there is no rate, and of nothing everything is done`() {
        #expect(line(0, of: 7, after: 5) == "[..........] 0/7")
        #expect(line(3, of: 7, after: 0) == "[####......] 3/7")
        #expect(line(0, of: 0, after: 1) == "[##########] 0/0")
    }

    @Test(arguments: [(60.0, "1 min 0 s"), (3_599, "59 min 59 s"), (7_260, "2 h 1 min"), (1e12, "99 h 59 min")])
    func `long waits are told in minutes and hours`(_ seconds: Double, _ said: String) {
        #expect(line(1, of: 2, after: seconds).hasSuffix(", \(said) left"))
    }

    @Test func `what cannot be is shown as what comes nearest`() {
        #expect(line(9, of: 7, after: 1) == line(7, of: 7, after: 1))
        #expect(line(-1, of: 7, after: 1) == line(0, of: 7, after: 1))
        #expect(line(.max, of: .max, after: 1).hasPrefix("[##########] 9,223,372,036,854,775,807/9,223"))
        #expect(grouped(.min) == "-9,223,372,036,854,775,808" && grouped(999) == "999" && grouped(0) == "0")
    }
}
