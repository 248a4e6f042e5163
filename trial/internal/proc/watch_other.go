// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package proc

import (
	"os"
	"os/exec"
)

// A watch has nothing to watch: there are no process groups.
type watch struct{}

func (w *watch) start() error    { return nil }
func (w *watch) join(*exec.Cmd)  {}
func (w *watch) ended(*exec.Cmd) {}

func (w *watch) signal(sig os.Signal, running map[*exec.Cmd]bool) {
	for cmd := range running {
		_ = cmd.Process.Signal(sig) // it may have ended, and interrupts are not for all systems
	}
}

func (w *watch) stop(running map[*exec.Cmd]bool) { w.signal(os.Kill, running) }
