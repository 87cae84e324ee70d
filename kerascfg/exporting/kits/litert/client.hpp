// Run `model.tflite` with LiteRT's C API: one record a call.
//
// Headers (litert/c/*.h) come with LiteRT's source of the same version, libLiteRt.so with its
// releases and with the Python package ai-edge-litert. This was run with the library of
// ai-edge-litert 2.3.0, against declarations of what is called here instead of LiteRT's headers.
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "litert/c/litert_common.h"
#include "litert/c/litert_compiled_model.h"
#include "litert/c/litert_environment.h"
#include "litert/c/litert_model.h"
#include "litert/c/litert_options.h"
#include "litert/c/litert_tensor_buffer.h"
#include "tensor.hpp"

class Model {
 public:
  explicit Model(const std::string& file = "../model.tflite") {
    check(LiteRtCreateEnvironment(0, nullptr, &environment_), "open LiteRT");
    check(LiteRtCreateModelFromFile(environment_, file.c_str(), &model_), "load " + file);
    check(LiteRtCreateOptions(&options_), "make options");
    check(LiteRtSetOptionsHardwareAccelerators(options_, kLiteRtHwAcceleratorCpu), "take the CPU");
    check(LiteRtCreateCompiledModel(environment_, model_, options_, &compiled_), "compile");

    LiteRtSignature signature;
    check(LiteRtGetModelSignature(model_, 0, &signature), "find the signature");
    LiteRtParamIndex count;
    check(LiteRtGetNumSignatureInputs(signature, &count), "count inputs");
    for (LiteRtParamIndex i = 0; i < count; ++i) {
      Port port;
      LiteRtTensor tensor;
      LiteRtTensorBufferRequirements needs;
      check(LiteRtGetSignatureInputName(signature, i, &port.name), "name an input");
      check(LiteRtGetSignatureInputTensorByIndex(signature, i, &tensor), "find an input");
      check(LiteRtGetCompiledModelInputBufferRequirements(compiled_, 0, i, &needs), "size an input");
      inputs_.push_back(with_buffer(port, tensor, needs));
    }
    check(LiteRtGetNumSignatureOutputs(signature, &count), "count outputs");
    for (LiteRtParamIndex i = 0; i < count; ++i) {
      Port port;
      LiteRtTensor tensor;
      LiteRtTensorBufferRequirements needs;
      check(LiteRtGetSignatureOutputName(signature, i, &port.name), "name an output");
      check(LiteRtGetSignatureOutputTensorByIndex(signature, i, &tensor), "find an output");
      check(LiteRtGetCompiledModelOutputBufferRequirements(compiled_, 0, i, &needs), "size an output");
      outputs_.push_back(with_buffer(port, tensor, needs));
    }
  }

  ~Model() {
    for (Port& port : inputs_) LiteRtDestroyTensorBuffer(port.buffer);
    for (Port& port : outputs_) LiteRtDestroyTensorBuffer(port.buffer);
    if (compiled_) LiteRtDestroyCompiledModel(compiled_);
    if (options_) LiteRtDestroyOptions(options_);
    if (model_) LiteRtDestroyModel(model_);
    if (environment_) LiteRtDestroyEnvironment(environment_);
  }

  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Answers one record; outputs have only bytes, the golden pair tells their dtypes.
  Tensors predict(const Tensors& record) {
    std::vector<LiteRtTensorBuffer> fed, answered;
    for (Port& port : inputs_) {
      const std::vector<char>& bytes = record.at(port.name).bytes;
      if (bytes.size() != size(port)) throw std::runtime_error("one record a call is taken");
      void* memory;
      check(LiteRtLockTensorBuffer(port.buffer, &memory, kLiteRtTensorBufferLockModeWrite), "write");
      std::memcpy(memory, bytes.data(), bytes.size());
      check(LiteRtUnlockTensorBuffer(port.buffer), "write");
      fed.push_back(port.buffer);
    }
    for (Port& port : outputs_) answered.push_back(port.buffer);
    check(LiteRtRunCompiledModel(compiled_, 0, fed.size(), fed.data(), answered.size(),
                                 answered.data()), "run");
    Tensors answers;
    for (Port& port : outputs_) {
      void* memory;
      check(LiteRtLockTensorBuffer(port.buffer, &memory, kLiteRtTensorBufferLockModeRead), "read");
      const char* first = static_cast<const char*>(memory);
      answers[port.name].bytes.assign(first, first + size(port));
      check(LiteRtUnlockTensorBuffer(port.buffer), "read");
    }
    return answers;
  }

 private:
  struct Port {
    const char* name = nullptr;  // lives as long as the model
    LiteRtTensorBuffer buffer = nullptr;
  };

  static void check(LiteRtStatus status, const std::string& doing) {
    if (status != kLiteRtStatusOk)
      throw std::runtime_error("LiteRT could not " + doing + " (" + std::to_string(status) + ")");
  }

  static size_t size(const Port& port) {
    size_t bytes;
    check(LiteRtGetTensorBufferPackedSize(port.buffer, &bytes), "size a buffer");
    return bytes;
  }

  Port with_buffer(Port port, LiteRtTensor tensor, LiteRtTensorBufferRequirements needs) {
    LiteRtRankedTensorType type;
    check(LiteRtGetRankedTensorType(tensor, &type), "read a type");
    check(LiteRtCreateManagedTensorBufferFromRequirements(environment_, &type, needs, &port.buffer),
          "make a buffer");
    return port;
  }

  LiteRtEnvironment environment_ = nullptr;
  LiteRtModel model_ = nullptr;
  LiteRtOptions options_ = nullptr;
  LiteRtCompiledModel compiled_ = nullptr;
  std::vector<Port> inputs_, outputs_;
};
