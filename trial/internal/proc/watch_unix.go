// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package proc

import (
	"io"
	"os"
	"os/exec"
	"syscall"
)

// A watch is a shell that leads the process group and kills it when the runner, whose end of a pipe it reads, is gone. Where there is no shell, each child leads a group of its own.
type watch struct {
	shell *exec.Cmd // nil without one
	pipe  io.WriteCloser
}

// shellPath is a variable for tests.
var shellPath = "/bin/sh"

// script ends well when it reads a line. Nothing but the end of the runner, or Close, ends it otherwise.
const script = `trap '' INT TERM HUP QUIT; read -r line || kill -s KILL 0`

func (w *watch) start() error {
	if _, err := os.Stat(shellPath); err != nil {
		return nil
	}
	shell := exec.Command(shellPath, "-c", script)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := shell.StdinPipe()
	if err != nil {
		return err
	}
	if err := shell.Start(); err != nil {
		return err
	}
	w.shell, w.pipe = shell, pipe
	return nil
}

func (w *watch) join(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if w.shell != nil {
		cmd.SysProcAttr.Pgid = w.shell.Process.Pid
	}
	dieWithParent(cmd.SysProcAttr)
}

// ended is called when a child has.
func (w *watch) ended(cmd *exec.Cmd) {
	if w.shell == nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left in its group, if anything
	}
}

// signal sends sig to the whole group, or to those of the children.
func (w *watch) signal(sig os.Signal, running map[*exec.Cmd]bool) {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return
	}
	if w.shell != nil {
		_ = syscall.Kill(-w.shell.Process.Pid, s) // it is there, as the shell is, unless that was killed with all others
		return
	}
	for cmd := range running {
		_ = syscall.Kill(-cmd.Process.Pid, s) // it may have ended
	}
}

func (w *watch) stop(running map[*exec.Cmd]bool) {
	w.signal(syscall.SIGKILL, running) // the shell with it
	if w.shell != nil {
		_ = w.pipe.Close()
		_ = w.shell.Wait() // it was killed
	}
}
