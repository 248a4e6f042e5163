// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func makePipe(p []int) error { return unix.Pipe2(p, unix.O_CLOEXEC) }

// supported reports what this system has not.
func (c *Config) supported() error { return nil }

// fork starts the child. A DeathSignal is sent when the thread ends that started the child, so that one waits for it.
func (ch *child) fork(c *Config, path string, attr *syscall.ProcAttr) error {
	attr.Sys.Pdeathsig = c.DeathSignal
	if c.DeathSignal == 0 {
		return ch.forkHere(c, path, attr)
	}
	done, release := make(chan error), make(chan struct{})
	go func() { // ends with the child, by free, or when it did not start
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := ch.forkHere(c, path, attr)
		done <- err
		if err == nil {
			<-release
		}
	}()
	err := <-done
	if err == nil {
		ch.release = release
	}
	return err
}

func (ch *child) forkHere(c *Config, path string, attr *syscall.ProcAttr) error {
	ch.exit.fd = -1
	pidfd := -1
	if !c.noPidfd {
		attr.Sys.PidFD = &pidfd
	}
	if len(c.Limits) > 0 {
		runtime.LockOSThread() // what traces is a thread
		defer runtime.UnlockOSThread()
		attr.Sys.Ptrace = true
	}
	pid, err := syscall.ForkExec(path, c.Args, attr)
	if err != nil {
		return err
	}
	ch.pid, ch.exit.fd = pid, pidfd
	if len(c.Limits) == 0 {
		return nil
	}
	if reaped, err := limit(pid, c.Limits); err != nil {
		if !reaped { // else the number may be another process's by now
			_ = unix.Kill(pid, unix.SIGKILL)
			ch.waitFor(pid)
		}
		ch.exit.close()
		return &StartError{Op: "limit", Path: path, Err: err}
	}
	return nil
}

// limit sets the limits of a child that was stopped by ptrace after its exec, and lets it run. reaped tells that it has ended, and is none of ours any more.
func limit(pid int, limits []Limit) (reaped bool, err error) {
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &ws, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return true, os.NewSyscallError("wait4", err)
		}
		break
	}
	if !ws.Stopped() {
		return true, fmt.Errorf("the child is not stopped: status %#x", int(ws))
	}
	for _, l := range limits {
		if err := unix.Prlimit(pid, l.Resource, &unix.Rlimit{Cur: l.Cur, Max: l.Max}, nil); err != nil {
			return false, fmt.Errorf("resource %d: %w", l.Resource, os.NewSyscallError("prlimit", err))
		}
	}
	return false, os.NewSyscallError("ptrace", unix.PtraceDetach(pid))
}
