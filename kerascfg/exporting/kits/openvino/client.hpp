// Run `model.xml` and `model.bin` with OpenVINO's C++ interface.
//
// In CMake: find_package(OpenVINO REQUIRED) and target_link_libraries(... openvino::runtime); the
// Python package openvino brings headers and libraries too.
#pragma once

#include <cstring>
#include <openvino/openvino.hpp>
#include <string>

#include "tensor.hpp"

class Model {
 public:
  // Numbers stay float32: devices choose a shorter type by themselves where they have one.
  explicit Model(const std::string& file = "../model.xml", const std::string& device = "CPU")
      : compiled_(ov::Core().compile_model(file, device,
                                           ov::hint::inference_precision(ov::element::f32))),
        request_(compiled_.create_infer_request()) {}

  // Answers any number of records.
  Tensors predict(const Tensors& records) {
    for (const auto& port : compiled_.inputs()) {
      const Tensor& record = records.at(port.get_any_name());
      ov::Tensor tensor(port.get_element_type(), {record.shape.begin(), record.shape.end()});
      if (tensor.get_byte_size() != record.bytes.size())
        throw std::runtime_error(port.get_any_name() + ": expected " +
                                 port.get_element_type().to_string());
      std::memcpy(tensor.data(), record.bytes.data(), record.bytes.size());
      request_.set_tensor(port, tensor);
    }
    request_.infer();
    Tensors answers;
    for (const auto& port : compiled_.outputs()) {
      const ov::Tensor tensor = request_.get_tensor(port);
      const ov::Shape shape = tensor.get_shape();
      const char* first = static_cast<const char*>(tensor.data());
      answers[port.get_any_name()] = {"", {shape.begin(), shape.end()},
                                      {first, first + tensor.get_byte_size()}};
    }
    return answers;
  }

 private:
  ov::CompiledModel compiled_;
  ov::InferRequest request_;
};
