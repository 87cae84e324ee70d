// What of TensorFlow Lite Micro the self-test calls, with an interpreter that answers what stands in
// answer.bin: it shows that the self-test notices wrong answers, not that a model gives right ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

enum TfLiteStatus { kTfLiteOk, kTfLiteError };
enum TfLiteType { kTfLiteFloat32, kTfLiteInt8 };

struct TfLiteTensor {
  TfLiteType type = kTfLiteFloat32;
  struct {
    float* f;
    int8_t* int8;
  } data = {nullptr, nullptr};
  struct {
    float scale = 1;
    int zero_point = 0;
  } params;
  size_t bytes = 0;
};

namespace tflite {

struct Model {};
inline const Model* GetModel(const void*) { return nullptr; }

class MicroInterpreter {
 public:
  template <class Operators>
  MicroInterpreter(const Model*, const Operators&, uint8_t*, size_t) {}
  TfLiteStatus AllocateTensors() {
    file_ = std::fopen("answer.bin", "rb");
    for (TfLiteTensor* tensor : {&input_, &output_}) tensor->bytes = 4 * sizeof(float);
    input_.data.f = fed_;
    output_.data.f = answered_;
    return file_ ? kTfLiteOk : kTfLiteError;
  }
  TfLiteStatus Invoke() {
    return std::fread(answered_, sizeof(float), 4, file_) == 4 ? kTfLiteOk : kTfLiteError;
  }
  TfLiteTensor* input(int) { return &input_; }
  TfLiteTensor* output(int) { return &output_; }

 private:
  std::FILE* file_ = nullptr;
  float fed_[4], answered_[4];
  TfLiteTensor input_, output_;
};

}  // namespace tflite
