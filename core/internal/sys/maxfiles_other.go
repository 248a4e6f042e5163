// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package sys

// MaxFiles returns how many descriptors this process may have open: the soft limit, or a guess of 10,000 where the system tells none.
func MaxFiles() int { return defaultMaxFiles }
