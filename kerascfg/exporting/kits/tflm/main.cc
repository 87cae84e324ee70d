// Run the golden pair on a microcontroller, with TensorFlow Lite Micro.
//
// Build it with ../model.cc and the library of TensorFlow Lite Micro for your board; nothing is
// allocated but the arena. main() returns 0 where every answer is within the tolerance.

#include <cmath>
#include <cstdint>

#include "../model.h"
#include "../operators.h"
#include "difference.hpp"
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
float Read(const TfLiteTensor* tensor, size_t i) {
  if (tensor->type != kTfLiteInt8) return tensor->data.f[i];
  return (tensor->data.int8[i] - tensor->params.zero_point) * tensor->params.scale;
}

// Whether a tensor holds so many numbers.
bool Holds(const TfLiteTensor* tensor, int count) {
  const size_t size = tensor->type == kTfLiteInt8 ? sizeof(int8_t) : sizeof(float);
  return tensor->bytes == count * size;
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
      const TfLiteTensor* answer = interpreter.output(place);
      const float largest = difference(golden.numbers + sample * golden.count, golden.count,
                                       [answer](size_t i) { return Read(answer, i); });
      const bool right = Holds(answer, golden.count) && largest <= kTolerance;
      wrong += !right;
      MicroPrintf("%s sample %d, output %d", right ? "ok    " : "WRONG ", sample, place++);
    }
  }
  return wrong ? 1 : 0;
}
