// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package serialport

import "golang.org/x/sys/unix"

func setSpeed(t *unix.Termios, baud int) { t.Ispeed, t.Ospeed = uint64(baud), uint64(baud) }
