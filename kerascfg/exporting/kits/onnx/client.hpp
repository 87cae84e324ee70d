// Run `model.onnx` with ONNX Runtime's C++ interface, on Windows, Linux, macOS or a phone.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tensor.hpp"

class Model {
 public:
  explicit Model(const std::filesystem::path& file = "../model.onnx")
      : session_(environment_, file.c_str(), Ort::SessionOptions{}) {
    Ort::AllocatorWithDefaultOptions allocator;
    for (size_t i = 0; i < session_.GetInputCount(); ++i)
      inputs_.push_back(session_.GetInputNameAllocated(i, allocator).get());
    for (size_t i = 0; i < session_.GetOutputCount(); ++i)
      outputs_.push_back(session_.GetOutputNameAllocated(i, allocator).get());
  }

  // Answers any number of records.
  Tensors predict(const Tensors& records) {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::vector<const char*> input_names, output_names;
    std::vector<Ort::Value> fed;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Tensor& tensor = records.at(inputs_[i]);
      const auto type = session_.GetInputTypeInfo(i).GetTensorTypeAndShapeInfo().GetElementType();
      input_names.push_back(inputs_[i].c_str());
      // The value only looks at the bytes; Run does not change them.
      fed.push_back(Ort::Value::CreateTensor(memory, const_cast<char*>(tensor.bytes.data()),
                                             tensor.bytes.size(), tensor.shape.data(),
                                             tensor.shape.size(), type));
    }
    for (const std::string& name : outputs_) output_names.push_back(name.c_str());
    auto answered = session_.Run(Ort::RunOptions{}, input_names.data(), fed.data(), fed.size(),
                                 output_names.data(), output_names.size());
    Tensors answers;
    for (size_t i = 0; i < answered.size(); ++i) {
      const auto info = answered[i].GetTensorTypeAndShapeInfo();
      const char* first = answered[i].GetTensorData<char>();
      const size_t bytes = info.GetElementCount() * size(info.GetElementType());
      answers[outputs_[i]] = {"", info.GetShape(), {first, first + bytes}};
    }
    return answers;
  }

 private:
  static size_t size(ONNXTensorElementDataType type) {
    switch (type) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
        return 8;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
        return 4;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
        return 2;
      default:
        return 1;
    }
  }

  Ort::Env environment_{ORT_LOGGING_LEVEL_WARNING, "model"};
  Ort::Session session_;
  std::vector<std::string> inputs_, outputs_;
};
