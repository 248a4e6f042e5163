// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "golang.org/x/sys/windows"

// Wine reports whether this Windows is wine, for tests of what wine lacks or does otherwise than Windows; docs/windows.md lists these.
func Wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
