// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// makePipe keeps others from starting a child between the two calls.
func makePipe(p []int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p); err != nil {
		return err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return nil
}

// supported reports what this system has not.
func (c *Config) supported() error {
	switch {
	case len(c.Limits) > 0:
		return c.unsupported("resource limits")
	case c.DeathSignal != 0:
		return c.unsupported("a death signal")
	}
	return nil
}

func (ch *child) fork(c *Config, path string, attr *syscall.ProcAttr) error {
	ch.exit.fd = -1
	pid, err := syscall.ForkExec(path, c.Args, attr)
	if err != nil {
		return err
	}
	ch.pid = pid
	if err := ch.exit.open(pid); err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		ch.waitFor(pid)
		return err
	}
	return nil
}
