// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import "golang.org/x/sys/unix"

func mount(dir string) error   { return unix.Mount("torsion", dir, "tmpfs", 0, "size=65536") }
func unmount(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }
