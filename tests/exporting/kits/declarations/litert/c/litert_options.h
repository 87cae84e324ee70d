#pragma once
#include "litert/c/litert_common.h"

extern "C" {
LiteRtStatus LiteRtCreateOptions(LiteRtOptions*);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions, int);
void LiteRtDestroyOptions(LiteRtOptions);
}
