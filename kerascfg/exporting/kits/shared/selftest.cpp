// Run the golden pair through the client of this kit and compare as the certificate did.
// Exit status 0: every answer is within the tolerance. The README says how this is compiled.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.hpp"
#include "difference.hpp"
#include "tensor.hpp"

struct Golden {
  std::string name, dtype;
  std::vector<int64_t> shape;  // of one record
  std::string file;            // in golden/
};

const std::vector<Golden> kInputs = {
@cpp_inputs@
};
const std::vector<Golden> kOutputs = {
@cpp_outputs@
};
constexpr int kSamples = @samples@;
constexpr int kBatch = @batch@;  // records in a call
constexpr double kTolerance = @tolerance@;

// Reads a file of all golden records.
std::vector<char> contents(const Golden& golden) {
  std::ifstream file("golden/" + golden.file, std::ios::binary);
  if (!file) throw std::runtime_error("golden/" + golden.file + ": run this in the kit's folder");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Cuts records out of all of them.
Tensor records(const Golden& golden, const std::vector<char>& all, int first, int count) {
  const size_t size = all.size() / kSamples;
  std::vector<int64_t> shape = {count};
  shape.insert(shape.end(), golden.shape.begin(), golden.shape.end());
  return {golden.dtype, shape, {all.begin() + first * size, all.begin() + (first + count) * size}};
}

template <class T>
std::vector<double> numbers_of(const std::vector<char>& bytes) {
  const T* first = reinterpret_cast<const T*>(bytes.data());
  return {first, first + bytes.size() / sizeof(T)};
}

std::vector<double> numbers(const std::string& dtype, const std::vector<char>& bytes) {
  if (dtype == "float32") return numbers_of<float>(bytes);
  if (dtype == "float64") return numbers_of<double>(bytes);
  if (dtype == "int64") return numbers_of<int64_t>(bytes);
  if (dtype == "int32") return numbers_of<int32_t>(bytes);
  if (dtype == "int8") return numbers_of<int8_t>(bytes);
  if (dtype == "uint8" || dtype == "bool") return numbers_of<uint8_t>(bytes);
  throw std::runtime_error("outputs of dtype " + dtype + " are not compared here");
}

// The largest difference of all records; infinite where there are not as many numbers.
double difference(const std::vector<double>& expected, const std::vector<double>& received) {
  if (expected.size() != received.size()) return INFINITY;
  const size_t width = expected.size() / kSamples;
  double largest = 0;
  for (size_t first = 0; first < expected.size(); first += width)
    largest = std::max(largest, difference(&expected[first], width, [&](size_t i) {
                         return received[first + i];
                       }));
  return largest;
}

int run() {
  Model model;
  std::map<std::string, std::vector<char>> answers;
  for (int first = 0; first < kSamples; first += kBatch) {
    const int count = std::min(kBatch, kSamples - first);
    Tensors inputs;
    for (const Golden& golden : kInputs)
      inputs[golden.name] = records(golden, contents(golden), first, count);
    for (auto& [name, tensor] : model.predict(inputs))
      answers[name].insert(answers[name].end(), tensor.bytes.begin(), tensor.bytes.end());
  }
  int wrong = 0;
  for (const Golden& golden : kOutputs) {
    const double largest = difference(numbers(golden.dtype, contents(golden)),
                                      numbers(golden.dtype, answers[golden.name]));
    const bool right = largest <= kTolerance;
    wrong += !right;
    std::printf("%s %s: differs by %.2g\n", right ? "ok    " : "WRONG ", golden.name.c_str(), largest);
  }
  return wrong ? 1 : 0;
}

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
