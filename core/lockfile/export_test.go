// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

// SetUseLinks chooses between the two forms of a lock file.
func SetUseLinks(on bool) (restore func()) {
	old := useLinks
	useLinks = on
	return func() { useLinks = old }
}

// UseLinks tells which form is in use.
func UseLinks() bool { return useLinks }

// Exclude is exclude.
var Exclude = exclude
