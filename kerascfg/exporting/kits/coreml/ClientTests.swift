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
                let answer = try XCTUnwrap(answers[name])
                XCTAssertLessThanOrEqual(difference(expected, answer), tolerance, name)
            }
        }
    }

    private func numbers<Number>(_ bytes: Data) -> [Number] {
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
    }

    /// Weighs as the certificate does: infinite where NaN or infinity stands on one side alone.
    private func difference(_ expected: [Float], _ answer: [Float]) -> Float {
        guard expected.count == answer.count else { return .infinity }
        let scale = expected.filter { $0.isFinite }.map { abs($0) }.reduce(1, max)
        let differences = zip(expected, answer).map { (right, received) -> Float in
            if right == received || (right.isNaN && received.isNaN) { return 0 }
            return right.isFinite && received.isFinite ? abs(right - received) / scale : .infinity
        }
        return differences.reduce(0, max)
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
