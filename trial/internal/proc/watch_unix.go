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

// A watch is a shell that leads the process group and kills it when the runner, whose end of a pipe it reads, is gone.
type watch struct {
	shell *exec.Cmd
	pipe  io.WriteCloser
}

// script ends well when it reads a line. Nothing but the end of the runner, or Close, ends it otherwise.
const script = `trap '' INT TERM HUP QUIT; read -r line || kill -s KILL 0`

func (w *watch) start() error {
	w.shell = exec.Command("/bin/sh", "-c", script)
	w.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := w.shell.StdinPipe()
	if err != nil {
		return err
	}
	w.pipe = pipe
	return w.shell.Start()
}

func (w *watch) join(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: w.shell.Process.Pid}
	dieWithParent(cmd.SysProcAttr)
}

// signal sends sig to the whole group.
func (w *watch) signal(sig os.Signal) bool {
	s, ok := sig.(syscall.Signal)
	return ok && syscall.Kill(-w.shell.Process.Pid, s) == nil
}

func (w *watch) stop() {
	_ = syscall.Kill(-w.shell.Process.Pid, syscall.SIGKILL) // the shell with it
	_ = w.pipe.Close()
	_ = w.shell.Wait() // it was killed
}
