// How far an answer is from the expected one, as the certificate of the delivery weighs it.
#pragma once

#include <cmath>
#include <cstddef>

// The largest difference of one record, relative to its largest expected number where that is over
// 1; infinite where NaN or infinity stands on one side alone. `received(i)` is the answer's number i.
template <class Number, class Received>
Number difference(const Number* expected, size_t count, Received received) {
  Number scale = 1, largest = 0;
  for (size_t i = 0; i < count; ++i)
    if (std::isfinite(expected[i])) scale = std::fmax(scale, std::fabs(expected[i]));
  for (size_t i = 0; i < count; ++i) {
    const Number right = expected[i], answer = received(i);
    if (right == answer || (std::isnan(right) && std::isnan(answer))) continue;
    if (!std::isfinite(right) || !std::isfinite(answer)) return INFINITY;
    largest = std::fmax(largest, std::fabs(right - answer) / scale);
  }
  return largest;
}
