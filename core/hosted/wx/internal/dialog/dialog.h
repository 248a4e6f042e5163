// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#ifdef __cplusplus
extern "C" {
#endif

void dialog_run(void);
void dialog_end(void);

#ifdef __cplusplus
}
#endif
