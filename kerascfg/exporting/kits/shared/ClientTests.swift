// Run the golden pair through Client.swift: a unit test whose bundle has `golden` as a folder
// reference, hosted by the app that has the model.

import XCTest

@testable import App  // the name of your app

final class ClientTests: XCTestCase {
    let samples = @samples@
    let tolerance: Float = @tolerance@
    let inputs = [
@swift_inputs@
    ]
    let outputs = [
@swift_outputs@
    ]

    func testAnswersAsTheCertificateSays() throws {
        let client = try Client()
        for sample in 0..<samples {
            let answers = try client.predict(inputs.mapValues { try golden($0, sample) })
            for (name, file) in outputs {
                let expected = try golden(file, sample).withUnsafeBytes {
                    Array($0.bindMemory(to: Float.self))
                }
                let scale = max(1, expected.map(abs).max() ?? 1)
                let answer = try XCTUnwrap(answers[name])
                XCTAssertEqual(answer.count, expected.count)
                for (right, received) in zip(expected, answer) {
                    XCTAssertLessThanOrEqual(abs(right - received) / scale, tolerance, name)
                }
            }
        }
    }

    /// Cuts one record out of a golden file.
    private func golden(_ name: String, _ sample: Int) throws -> Data {
        let bundle = Bundle(for: Self.self)
        let url = try XCTUnwrap(
            bundle.url(forResource: name, withExtension: "bin", subdirectory: "golden"))
        let all = try Data(contentsOf: url)
        let size = all.count / samples
        return Data(all[sample * size..<(sample + 1) * size])
    }
}
