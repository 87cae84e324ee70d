// What of LiteRT's C interface the C++ client calls, declared for the tests alone: the wheel of
// ai-edge-litert brings the library without its headers. Handles are opaque pointers; numbers are
// those of LiteRT 2.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HANDLE(name) typedef struct name##T* name
HANDLE(LiteRtCompiledModel);
HANDLE(LiteRtEnvironment);
HANDLE(LiteRtModel);
HANDLE(LiteRtOptions);
HANDLE(LiteRtSignature);
HANDLE(LiteRtTensor);
HANDLE(LiteRtTensorBuffer);
HANDLE(LiteRtTensorBufferRequirements);
#undef HANDLE

typedef int LiteRtStatus;
typedef size_t LiteRtParamIndex;
enum { kLiteRtStatusOk = 0, kLiteRtHwAcceleratorCpu = 1 };
enum { kLiteRtTensorBufferLockModeRead = 0, kLiteRtTensorBufferLockModeWrite = 1 };

// 72 bytes: an element type and a layout, which the client only hands on.
typedef struct {
  int32_t element_type;
  char layout[68];
} LiteRtRankedTensorType;
