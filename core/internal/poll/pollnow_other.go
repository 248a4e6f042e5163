// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux

package poll

import "golang.org/x/sys/unix"

// pollNow is poll(2) without waiting.
func pollNow(fds []unix.PollFd) (int, error) { return unix.Poll(fds, 0) }
