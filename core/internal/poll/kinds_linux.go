// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

func kinds() []kind {
	return []kind{
		{name: "epoll", open: newEpoll},
		{name: "portable", open: newPortable},
	}
}
