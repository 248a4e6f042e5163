// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build netbsd || openbsd

package serialport

import "golang.org/x/sys/unix"

func setSpeed(t *unix.Termios, baud int) { t.Ispeed, t.Ospeed = int32(baud), int32(baud) }
