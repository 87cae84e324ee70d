#pragma once
#include "litert/c/litert_common.h"

extern "C" {
LiteRtStatus LiteRtCreateEnvironment(int, const void*, LiteRtEnvironment*);
void LiteRtDestroyEnvironment(LiteRtEnvironment);
}
