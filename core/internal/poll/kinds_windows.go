// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

func kinds() []kind {
	return withForeign(
		kind{name: "iocp", open: newIOCP},
		kind{name: "portable", open: newPortable},
	)
}
