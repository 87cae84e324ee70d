// Stands for the model that the target writes: the stub of the interpreter needs nothing of it.
#pragma once

#include <cstddef>

const unsigned char kModel[] = {0};
constexpr size_t kArenaSize = 16;
