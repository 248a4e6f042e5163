// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain is the server itself where Command made the test run itself anew.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == Flag {
		if err := Serve(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// hang is how long a server may take for anything before the test gives up.
const hang = 20 * time.Second

// A process is a server under test.
type process struct {
	addr    string
	in      io.WriteCloser
	answers *bufio.Reader
}

// start runs a server. At the end of the test the server has to end by itself, without an error, once its standard input is closed.
func start(t *testing.T, s Spec) *process {
	t.Helper()
	e, ok := Find(s.Engine)
	if !ok {
		t.Fatalf("there is no engine %q", s.Engine)
	}
	if why := e.Why(); why != "" {
		t.Skip(why)
	}
	cmd, cleanup, err := Command(s)
	if err != nil {
		t.Fatal(err)
	}
	race := "GORACE=atexit_sleep_ms=0" // a program with the race detector would end a second late
	if strings.HasPrefix(s.Engine, "nbio") {
		race += " exitcode=0" // it hides its own work from the detector by go:norace, so that what it hands over seems to race
	}
	cmd.Env = append(os.Environ(), race)
	var errs strings.Builder
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(hang, func() { cmd.Process.Kill() })
	p := &process{in: in, answers: bufio.NewReader(out)}
	t.Cleanup(func() {
		in.Close()
		rest, err := io.ReadAll(p.answers)
		if err != nil {
			t.Errorf("reading what else the server said: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended by %v, after %q and %q", err, rest, errs.String())
		}
		guard.Stop()
		cleanup()
	})
	for {
		line, err := p.answers.ReadString('\n')
		if err != nil {
			t.Fatalf("the server did not start: %v", err)
		}
		if addr, ok := strings.CutPrefix(line, Listening+" "); ok {
			p.addr, _, _ = strings.Cut(strings.TrimSpace(addr), " ")
			return p
		}
	}
}

// each runs a test for every engine that does a work.
func each(t *testing.T, w Work, f func(t *testing.T, p *process)) {
	for _, e := range Engines() {
		if e.Does(w) {
			t.Run(e.Name, func(t *testing.T) { f(t, start(t, Spec{Engine: e.Name, Work: w})) })
		}
	}
}
