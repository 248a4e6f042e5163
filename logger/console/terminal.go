// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// IsTerminal tells whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(syscall.Conn) // Fd would make an *os.File blocking
	if !ok {
		return false
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	is := false
	err = raw.Control(func(fd uintptr) { is = term.IsTerminal(int(fd)) })
	return err == nil && is
}

// WantsColor decides for ColorAuto, by w and the environment, by the conventions of no-color.org and bixense.com/clicolors.
func WantsColor(w io.Writer) bool {
	if os.Getenv("NO_COLOR") != "" {
		return false
	}
	if force := os.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return os.Getenv("TERM") != "dumb" && os.Getenv("CLICOLOR") != "0" && IsTerminal(w)
}
