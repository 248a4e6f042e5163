// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package atomicfile

import (
	"testing"
	"time"
)

// WhenItWaits has f called instead of each pause.
func WhenItWaits(t *testing.T, f func()) {
	before := sleep
	sleep = func(time.Duration) { f() }
	t.Cleanup(func() { sleep = before })
}
