// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package covered

func Called(n int) int {
	if n > 0 {
		return 1
	}
	return 2
}

func Uncalled() int {
	return 3
}
