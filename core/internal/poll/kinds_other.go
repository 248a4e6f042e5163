// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !linux

package poll

func kinds() []kind {
	return []kind{
		{name: "portable", open: newPortable},
		{name: "epoll", why: "it is Linux's"},
		{name: "io_uring", why: "it is Linux's"},
	}
}
