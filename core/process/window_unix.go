// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// window runs f with the terminal's master.
func (t *Transport) window(f func(fd int) error) error {
	if t.child == nil || t.child.master < 0 || t.ends[1] == nil {
		return ErrNoDescriptor
	}
	if err := f(t.child.master); err != nil {
		return fmt.Errorf("process: window size: %w", err)
	}
	return nil
}

// SetWindowSize changes the size of the child's terminal; its foreground processes get SIGWINCH. Without a terminal, or after it has closed, the error
// is ErrNoDescriptor.
func (t *Transport) SetWindowSize(rows, cols uint16) error {
	t.check("SetWindowSize")
	return t.window(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols})
	})
}

// WindowSize returns the size of the child's terminal. Errors are those of SetWindowSize.
func (t *Transport) WindowSize() (rows, cols uint16, err error) {
	t.check("WindowSize")
	err = t.window(func(fd int) error {
		w, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil {
			rows, cols = w.Row, w.Col
		}
		return err
	})
	return rows, cols, err
}

// ParseSignal returns the signal of a name, with or without SIG and in any case, or of a number: "HUP", "SIGTERM", "9". Safe from any goroutine.
func ParseSignal(text string) (syscall.Signal, error) {
	if n, err := strconv.ParseUint(text, 10, 6); err == nil && n > 0 {
		return syscall.Signal(n), nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if s := unix.SignalNum(name); s != 0 {
		return s, nil
	}
	return 0, fmt.Errorf("process: no signal is called %q", text)
}
