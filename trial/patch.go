// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"sync"
	"testing"
)

// Patch sets *p to v until the test is over, however it ends, or until restore is called, which may be more than once. Several patches of one variable are undone in the reverse order. It
// is not for parallel tests. Twisted: patch, MonkeyPatcher.
func Patch[T any](t testing.TB, p *T, v T) (restore func()) {
	t.Helper()
	old := *p
	restore = sync.OnceFunc(func() { *p = old })
	t.Cleanup(restore)
	*p = v
	return restore
}
