// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

func kinds() []kind {
	return withForeign(
		kind{name: "kqueue", open: newKqueue},
		kind{name: "portable", open: newPortable},
		kind{name: "poll", open: newPoll},
		kind{name: "select", open: newSelect},
	)
}
