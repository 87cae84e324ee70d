// Run the golden pair on a microcontroller, with TensorFlow Lite Micro.
//
// Build it with ../model.cc and the library of TensorFlow Lite Micro for your board; nothing is
// allocated but the arena. main() returns 0 where every answer is within the tolerance.

#include <cmath>
#include <cstdint>

#include "../model.h"
#include "../operators.h"
#include "golden.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

alignas(16) uint8_t arena[kArenaSize];

// Writes real numbers into a tensor, as whole ones where it takes those.
void Write(TfLiteTensor* tensor, const float* numbers, int count) {
  for (int i = 0; i < count; ++i) {
    if (tensor->type != kTfLiteInt8) {
      tensor->data.f[i] = numbers[i];
      continue;
    }
    const float whole = std::round(numbers[i] / tensor->params.scale) + tensor->params.zero_point;
    tensor->data.int8[i] = static_cast<int8_t>(std::fmin(std::fmax(whole, -128.0f), 127.0f));
  }
}

// Reads one of a tensor's numbers as a real one.
float Read(const TfLiteTensor* tensor, int i) {
  if (tensor->type != kTfLiteInt8) return tensor->data.f[i];
  return (tensor->data.int8[i] - tensor->params.zero_point) * tensor->params.scale;
}

// The largest difference of one sample, relative to its largest expected number over 1.
float Difference(const float* expected, const TfLiteTensor* received, int count) {
  float scale = 1.0f, largest = 0.0f;
  for (int i = 0; i < count; ++i) scale = std::fmax(scale, std::fabs(expected[i]));
  for (int i = 0; i < count; ++i)
    largest = std::fmax(largest, std::fabs(expected[i] - Read(received, i)) / scale);
  return largest;
}

}  // namespace

int main() {
  static ModelOperators operators;
  if (RegisterOperators(operators) != kTfLiteOk) return 2;
  static tflite::MicroInterpreter interpreter(tflite::GetModel(kModel), operators, arena,
                                              kArenaSize);
  if (interpreter.AllocateTensors() != kTfLiteOk) return 2;

  int wrong = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    int place = 0;
    for (const Golden& golden : kInputs)
      Write(interpreter.input(place++), golden.numbers + sample * golden.count, golden.count);
    if (interpreter.Invoke() != kTfLiteOk) return 2;
    place = 0;
    for (const Golden& golden : kOutputs) {
      const float* expected = golden.numbers + sample * golden.count;
      const float largest = Difference(expected, interpreter.output(place), golden.count);
      const bool right = largest <= kTolerance;
      wrong += !right;
      MicroPrintf("%s sample %d, output %d", right ? "ok    " : "WRONG ", sample, place++);
    }
  }
  return wrong ? 1 : 0;
}
