// Run `model.mlpackage` with Core ML on iOS 16, macOS 13 or later: one record a call.
//
// Drag the package into the Xcode project; Xcode compiles it into the app.

import CoreML

/// The model, loaded once.
final class Client {
    /// Name of an output -> what it is called in the package.
    static let outputs = [
@coreml_outputs@
    ]
    private let model: MLModel

    /// The processor alone computes in float32, as the artefact was compared; `.all` is faster and
    /// may compute in float16.
    init(
        url: URL = Bundle.main.url(forResource: "model", withExtension: "mlmodelc")!,
        units: MLComputeUnits = .cpuOnly
    ) throws {
        let configuration = MLModelConfiguration()
        configuration.computeUnits = units
        model = try MLModel(contentsOf: url, configuration: configuration)
    }

    /// Answers one record; the first size of each shape is 1.
    func predict(_ record: [String: MLMultiArray]) throws -> [String: [Float]] {
        let fed = try MLDictionaryFeatureProvider(dictionary: record)
        let answered = try model.prediction(from: fed)
        return Self.outputs.mapValues { feature in
            let array = answered.featureValue(for: feature)!.multiArrayValue!
            return MLShapedArray<Float>(converting: array).scalars
        }
    }
}
