// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build freebsd || dragonfly

package serialport

import "golang.org/x/sys/unix"

func setSpeed(t *unix.Termios, baud int) { t.Ispeed, t.Ospeed = uint32(baud), uint32(baud) }
