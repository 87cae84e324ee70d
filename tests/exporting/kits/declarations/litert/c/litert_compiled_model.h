#pragma once
#include "litert/c/litert_common.h"

extern "C" {
LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironment, LiteRtModel, LiteRtOptions,
                                       LiteRtCompiledModel*);
LiteRtStatus LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel, LiteRtParamIndex,
                                                           LiteRtParamIndex,
                                                           LiteRtTensorBufferRequirements*);
LiteRtStatus LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel, LiteRtParamIndex,
                                                            LiteRtParamIndex,
                                                            LiteRtTensorBufferRequirements*);
LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModel, LiteRtParamIndex, size_t,
                                    LiteRtTensorBuffer*, size_t, LiteRtTensorBuffer*);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel);
}
