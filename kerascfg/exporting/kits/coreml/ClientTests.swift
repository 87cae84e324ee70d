// Run the golden pair through Client.swift: a unit test whose bundle has `golden` as a folder
// reference, hosted by the app that has the model.

import CoreML
import XCTest

@testable import App  // the name of your app

final class ClientTests: XCTestCase {
    let samples = @samples@
    let tolerance: Float = @tolerance@
    let inputs: [String: (file: String, shape: [Int], dtype: String)] = [
@coreml_inputs@
    ]
    let outputs = [
@swift_outputs@
    ]

    func testAnswersAsTheCertificateSays() throws {
        let client = try Client()
        for sample in 0..<samples {
            let record = try inputs.mapValues { input in
                let bytes = try golden(input.file, sample)
                return input.dtype == "int32"
                    ? MLMultiArray(MLShapedArray(scalars: numbers(bytes) as [Int32], shape: input.shape))
                    : MLMultiArray(MLShapedArray(scalars: numbers(bytes) as [Float], shape: input.shape))
            }
            let answers = try client.predict(record)
            for (name, file) in outputs {
                let expected: [Float] = numbers(try golden(file, sample))
                let scale = max(1, expected.map(abs).max() ?? 1)
                let answer = try XCTUnwrap(answers[name])
                XCTAssertEqual(answer.count, expected.count)
                for (right, received) in zip(expected, answer) {
                    XCTAssertLessThanOrEqual(abs(right - received) / scale, tolerance, name)
                }
            }
        }
    }

    private func numbers<Number>(_ bytes: Data) -> [Number] {
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
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
