// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package proc_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/trial/internal/proc"
)

// helper is set in a process that is a runner: it has children, and waits to be killed.
const helper = "PROC_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helper) != "" {
		runHelper()
		return
	}
	leaktest.Main(m)
}

func runHelper() {
	g, err := proc.NewGroup()
	if err != nil {
		fmt.Println(err)
		return
	}
	// The grandchild, as a test binary of the go command: the kernel does not end it with its grandparent.
	err = g.Run(context.Background(), proc.Cmd{Args: []string{"sh", "-c", "sleep 600 & echo $!; echo $$; wait"}, Stdout: os.Stdout})
	fmt.Println(err)
}

func group(t *testing.T) *proc.Group {
	t.Helper()
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip(err)
	}
	g, err := proc.NewGroup()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// gone waits until a process is no more, or a zombie.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL) // so that it does not stay
}

// When the runner is killed its children go, and theirs.
func TestRunnerKilled(t *testing.T) {
	group(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helper+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	lines := bufio.NewScanner(out)
	for len(pids) < 2 && lines.Scan() {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("the helper says %q", lines.Text())
		}
		pids = append(pids, pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for _, pid := range pids {
		gone(t, pid)
	}
}

func TestClose(t *testing.T) {
	g := group(t)
	var out bytes.Buffer
	if err := g.Run(t.Context(), proc.Cmd{Args: []string{"sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"}, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(pid, 0) != nil {
		t.Error("it was killed before Close")
	}
	g.Close()
	gone(t, pid)
	if err := g.Run(t.Context(), proc.Cmd{Args: []string{"true"}}); err == nil {
		t.Error("a closed group runs a child")
	}
	g.Close()
}

// A child whose own child keeps its output open is not waited for.
func TestOutputHeld(t *testing.T) {
	g := group(t)
	var out bytes.Buffer
	err := g.Run(t.Context(), proc.Cmd{Args: []string{"sh", "-c", "sleep 600 & echo said"}, Stdout: &out, Stderr: &out})
	if proc.Failure(err) != "" || err == nil || out.String() != "said\n" {
		t.Errorf("got %v, %q", err, out.String())
	}
}

func TestInterruptAndKill(t *testing.T) {
	for _, tt := range []struct {
		signal func(*proc.Group)
		want   string
	}{
		{(*proc.Group).Interrupt, "signal: interrupt"},
		{(*proc.Group).Kill, "signal: killed"},
	} {
		g := group(t)
		err := g.Run(t.Context(), proc.Cmd{Args: []string{"sleep", "600"}, Started: func(int) { tt.signal(g) }})
		if proc.Failure(err) != tt.want || proc.ExitCode(err) != -1 {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestRun(t *testing.T) {
	g := group(t)
	dir := t.TempDir()
	var out bytes.Buffer
	err := g.Run(t.Context(), proc.Cmd{Args: []string{"sh", "-c", "echo $A; pwd; read x; exit 3"}, Env: []string{"A=b"}, Dir: dir, Stdout: &out, Stderr: &out})
	if proc.Failure(err) != "exit status 3" || proc.ExitCode(err) != 3 || !strings.HasPrefix(out.String(), "b\n") {
		t.Errorf("got %v, %q", err, out.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := g.Run(ctx, proc.Cmd{Args: []string{"sleep", "600"}, Started: func(int) { cancel() }}); proc.Failure(err) != "signal: killed" {
		t.Errorf("the context ended: %v", err)
	}
	if err := g.Run(t.Context(), proc.Cmd{Args: []string{"/nonexistent/program"}}); err == nil || proc.ExitCode(err) != -1 || !strings.Contains(proc.Failure(err), "nonexistent") {
		t.Errorf("no such program: %v", err)
	}
}
