// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

// SetInline has files larger than n hashed in threads.
func (f *Files) SetInline(n int64) { f.digests.inline = n }

// Digests returns how many digests are kept.
func (f *Files) Digests() int {
	f.digests.mu.Lock()
	defer f.digests.mu.Unlock()
	return len(f.digests.made)
}
