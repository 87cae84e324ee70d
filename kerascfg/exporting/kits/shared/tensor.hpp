// What goes into a model and comes out of it, by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

struct Tensor {
  std::string dtype;           // as NumPy spells it: float32, int64, ...
  std::vector<int64_t> shape;  // the first axis counts records
  std::vector<char> bytes;     // row by row

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

using Tensors = std::map<std::string, Tensor>;
