#pragma once
#include "litert/c/litert_common.h"

extern "C" {
LiteRtStatus LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironment,
                                                             const LiteRtRankedTensorType*,
                                                             LiteRtTensorBufferRequirements,
                                                             LiteRtTensorBuffer*);
LiteRtStatus LiteRtGetTensorBufferPackedSize(LiteRtTensorBuffer, size_t*);
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBuffer, void**, int);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBuffer);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer);
}
