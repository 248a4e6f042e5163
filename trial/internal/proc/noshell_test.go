// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package proc

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Without a shell to watch, children are still ended with what they started.
func TestNoShell(t *testing.T) {
	shellPath = "/nonexistent/sh"
	defer func() { shellPath = "/bin/sh" }()
	g, err := NewGroup()
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	var out bytes.Buffer
	err = g.Run(t.Context(), Cmd{Args: []string{"sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"}, Stdout: &out})
	if err != nil {
		t.Skip(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); syscall.Kill(pid, 0) == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("process %d is still there", pid)
	}
	err = g.Run(t.Context(), Cmd{Args: []string{"sleep", "600"}, Started: func(int) { g.Kill() }})
	if Failure(err) != "signal: killed" {
		t.Errorf("got %v", err)
	}
}
