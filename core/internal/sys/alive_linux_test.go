// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// envHeadless has this program end its first thread while another one goes on until the end of the standard input.
const envHeadless = "SYS_TEST_HEADLESS"

func init() {
	if os.Getenv(envHeadless) == "" {
		return
	}
	runtime.LockOSThread() // of the first thread
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0)
}

// A process is alive until its last thread has ended, not until its parent takes note of it.
func TestAlive(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envHeadless+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	inState(t, pid, "Z")
	if !sys.Alive(pid) {
		t.Error("dead with a thread that goes on")
	}
	in.Close()
	for end := time.Now().Add(time.Minute); sys.Alive(pid); {
		if time.Now().After(end) {
			t.Fatal("alive without a thread")
		}
	}
	inState(t, pid, "Z") // nobody has taken note
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if sys.Alive(pid) || !sys.Alive(os.Getpid()) {
		t.Error("alive without a process, or dead with one")
	}
}

// inState waits until the process's first thread is in that state.
func inState(t *testing.T, pid int, state string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(stat), ") "+state+" ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not in state %s: %s", state, stat)
		}
	}
}
