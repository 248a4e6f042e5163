// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package process

import (
	"os"
	"syscall"
)

// A group would be the processes that a child starts: there are none on this system.
type group struct{ console bool }

func newGroup(c *Config) (group, error) {
	if c.ProcessGroup || c.DeathSignal != 0 {
		return group{}, c.unsupported("process groups and death signals")
	}
	return group{}, nil
}

func (*group) exists() bool                     { return false }
func (*group) attributes() *syscall.SysProcAttr { return nil }
func (*group) adopt(int) error                  { return nil }
func (*group) signal(os.Signal) error           { return nil }
func (*group) close()                           {}
