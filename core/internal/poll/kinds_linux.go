// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

func kinds() []kind {
	return []kind{
		{name: "epoll", open: newEpoll},
		{name: "io_uring", open: newRings, probe: func() error { return probeRings() }, instead: "epoll"},
		{name: "portable", open: newPortable},
	}
}
