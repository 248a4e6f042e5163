// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package app

import "syscall"

// signalStatus comes by Control-T.
const signalStatus = syscall.SIGINFO
