// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix

package proc

import (
	"os"
	"os/exec"
)

// A watch does nothing: there are no process groups.
type watch struct{}

func (w *watch) start() error          { return nil }
func (w *watch) join(*exec.Cmd)        {}
func (w *watch) signal(os.Signal) bool { return false }
func (w *watch) stop()                 {}
