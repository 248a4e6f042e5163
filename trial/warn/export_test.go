// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn

// Forget forgets what was shown outside of tests.
func Forget() {
	mu.Lock()
	defer mu.Unlock()
	clear(shown)
}
