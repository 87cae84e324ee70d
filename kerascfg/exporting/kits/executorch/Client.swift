// Run `model.pte` with ExecuTorch on iOS or macOS: one record a call.
//
// Add the Swift package of ExecuTorch, with its products executorch, backend_xnnpack and
// kernels_optimized. The model goes into the app's resources.

import ExecuTorch
import Foundation

/// The model, loaded once. Not for several threads at a time.
final class Client {
    /// Inputs in the order in which the program takes them, and the shape of one record.
    static let inputs: [(name: String, shape: [Int])] = [
@swift_shapes@
    ]
    static let outputs = [
@swift_output_names@
    ]
    private let module: Module

    init(path: String = Bundle.main.path(forResource: "model", ofType: "pte")!) throws {
        module = Module(filePath: path)
        try module.load("forward")
    }

    /// Answers one record: the bytes of its numbers by the name of the input, row by row.
    func predict(_ record: [String: Data]) throws -> [String: [Float]] {
        let given = Self.inputs.map { input in
            let numbers = record[input.name]!.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            return Tensor<Float>(numbers, shape: input.shape)
        }
        let answered: [Value] = try module.forward(given)
        return Dictionary(
            uniqueKeysWithValues: zip(Self.outputs, answered).map { name, value in
                let tensor: Tensor<Float> = value.tensor()!
                return (name, tensor.scalars())
            })
    }
}
