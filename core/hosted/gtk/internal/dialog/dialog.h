// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

void dialog_run(void);
void dialog_end(void);
