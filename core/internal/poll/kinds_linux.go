// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

func kinds() []kind {
	return withForeign(
		kind{name: "epoll", open: newEpoll},
		kind{name: "io_uring", open: newRings, probe: func() error { return probeRings() }, instead: "epoll"},
		kind{name: "portable", open: newPortable},
		kind{name: "poll", open: newPoll},
		kind{name: "select", open: newSelect},
	)
}
