// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Flag is the argument by which Command makes the executable run itself as a server; the Spec follows it as JSON. The program hands that to Serve.
const Flag = "-serve"

// Listening begins the line by which a server tells its address. What an engine logs before it is to be passed over.
const Listening = "listening"

// Command returns the command that runs a server as a process of its own. It prints the line "listening 127.0.0.1:port" once it accepts, behind which the number of the process that serves may stand, if that is
// another one, and ends when its standard input is closed. cleanup removes temporary files; call it after the process has ended.
func Command(s Spec) (cmd *exec.Cmd, cleanup func(), err error) {
	e, err := check(s)
	if err != nil {
		return nil, nil, err
	}
	s.Loops = max(s.Loops, 1)
	remove := func() {}
	if s.Work.serves() {
		if s.Dir, remove, err = makeFiles(); err != nil {
			return nil, nil, err
		}
	}
	if cmd, cleanup, err = command(e, s); err != nil {
		remove()
		return nil, nil, err
	}
	own := cleanup
	return cmd, func() { own(); remove() }, nil
}

func command(e Engine, s Spec) (cmd *exec.Cmd, cleanup func(), err error) {
	if e.command != nil {
		return e.command(s)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	spec, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	return exec.Command(self, Flag, string(spec)), func() {}, nil
}

// check returns the engine of s if it can do what s asks for.
func check(s Spec) (Engine, error) {
	e, ok := Find(s.Engine)
	switch {
	case !ok:
		return e, fmt.Errorf("no engine is named %q", s.Engine)
	case e.Why() != "":
		return e, fmt.Errorf("%s: %s", e.Name, e.Why())
	case !e.Does(s.Work):
		return e, fmt.Errorf("%s does no %s", e.Name, s.Work)
	case s.PerMessage && (!e.messages || s.Work != TCP):
		return e, fmt.Errorf("%s cannot answer message by message over %s", e.Name, s.Work)
	case s.PerMessage && s.Size < 1:
		return e, fmt.Errorf("%d is not the size of a message", s.Size)
	}
	return e, nil
}
