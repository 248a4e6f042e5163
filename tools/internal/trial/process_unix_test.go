// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package trial_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/tools/internal/trial"
)

// child is set in a process that is the command.
const child = "TRIAL_TEST_CHILD"

func init() {
	if os.Getenv(child) != "" {
		trial.Execute()
	}
}

// A process is the command as one, which runs the tests of package slow.
type process struct {
	cmd   *exec.Cmd
	gates string
	out   locked
}

// locked is a buffer for two goroutines.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	ownCache(t)
	p := &process{gates: t.TempDir()}
	p.cmd = exec.Command(os.Args[0], temp(t, args...)...)
	p.cmd.Dir = hostile
	p.cmd.Env = append(os.Environ(), child+"=1", "GATES="+p.gates)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it has ended, unless the test failed
	return p
}

// until waits for a file, which a test makes.
func (p *process) until(t *testing.T, name string) {
	t.Helper()
	for range 6000 {
		if _, err := os.Stat(filepath.Join(p.gates, name)); err == nil {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("%s does not come:\n%s", name, p.out.String())
}

// started waits until a test is known to run.
func (p *process) started(t *testing.T, name string) {
	t.Helper()
	p.until(t, name+".runs")
	for range 6000 {
		if p.events("run", name) == 1 {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("%s is not reported to run:\n%s", name, p.out.String())
}

// events counts those of a test.
func (p *process) events(action, name string) int {
	n := 0
	for line := range strings.Lines(p.out.String()) {
		var ev struct{ Action, Test string }
		if json.Unmarshal([]byte(line), &ev) == nil && ev.Action == action && ev.Test == name {
			n++
		}
	}
	return n
}

func (p *process) open(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.gates, name+".go"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// Ctrl-C in the second of five tests: two are reported.
func TestInterrupt(t *testing.T) {
	for _, args := range [][]string{{"slow"}, {"-j", "1", "slow"}} {
		p := start(t, append(args, "--reporter", "json")...)
		p.open(t, "Test1")
		p.started(t, "Test2")
		p.signal(t)
		p.open(t, "Test2")
		err := p.cmd.Wait()
		if p.cmd.ProcessState.ExitCode() != 130 || p.events("pass", "Test1") != 1 || p.events("pass", "Test2") != 1 || p.events("run", "Test3") != 0 {
			t.Errorf("%v: %v:\n%s", args, err, p.out.String())
		}
	}
}

// Ctrl-C twice does not wait for the test, and still reports.
func TestInterruptTwice(t *testing.T) {
	for _, args := range [][]string{{"slow"}, {"-j", "1", "slow"}} {
		p := start(t, append(args, "--reporter", "json")...)
		p.started(t, "Test1")
		p.signal(t)
		for !strings.Contains(p.out.String(), "interrupted") {
			<-time.After(5 * time.Millisecond)
		}
		p.signal(t)
		err := p.cmd.Wait()
		if p.cmd.ProcessState.ExitCode() != 130 || p.events("fail", "Test1") != 1 || p.events("run", "Test2") != 0 {
			t.Errorf("%v: %v:\n%s", args, err, p.out.String())
		}
	}
}

// When trial itself is killed the tests are, too.
func TestKilled(t *testing.T) {
	for _, args := range [][]string{{"slow"}, {"-j", "1", "slow"}} {
		p := start(t, args...)
		p.until(t, "Test1.runs")
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.cmd.Wait() // it was killed
		// A test that still runs would go on through the gate.
		for range 1000 {
			if !runs(p.gates) {
				break
			}
			<-time.After(10 * time.Millisecond)
		}
		if runs(p.gates) {
			t.Errorf("%v: a test still runs", args)
		}
	}
}

// runs reports whether there is a process whose environment has the folder.
func runs(gates string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte("GATES="+gates)) {
			return true
		}
	}
	return false
}
