// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

// closeToRename is true where an open file cannot be renamed.
const closeToRename = true
