// Run `model.tflite` on iOS or macOS: one record a call.
//
// Podfile:  pod 'TensorFlowLiteSwift'
// The model goes into the app's resources.

import Foundation
import TensorFlowLite

/// The model, loaded once. Not for several threads at a time.
final class Client {
    private let runner: SignatureRunner

    init(path: String = Bundle.main.path(forResource: "model", ofType: "tflite")!) throws {
        runner = try Interpreter(modelPath: path).signatureRunner(with: "serving_default")
    }

    /// Answers one record: the bytes of its numbers by the name of the input, row by row.
    func predict(_ record: [String: Data]) throws -> [String: [Float]] {
        try runner.invoke(with: record)
        return try Dictionary(
            uniqueKeysWithValues: runner.outputs.map { name in
                let bytes = try runner.output(named: name).data
                return (name, bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
            })
    }
}

extension Array {
    /// The bytes of numbers, as `predict` takes them.
    var data: Data { withUnsafeBytes { Data($0) } }
}
