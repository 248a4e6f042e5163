// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include <stdint.h>

extern void torsionDepthCalled(uintptr_t f); // exported by depth.go

void torsion_depth_call(uintptr_t f) { torsionDepthCalled(f); }
