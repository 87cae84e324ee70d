// Real samples and what Keras answers to them, row by row.
#pragma once

#include <cmath>

constexpr int kSamples = @samples@;
constexpr float kTolerance = @tolerance@f;

@micro_golden@

// By place in the interpreter: the numbers of all samples, and how many one sample has.
struct Golden {
  const float* numbers;
  int count;
};
constexpr Golden kInputs[] = {@micro_inputs@};
constexpr Golden kOutputs[] = {@micro_outputs@};
