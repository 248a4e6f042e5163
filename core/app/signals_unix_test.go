// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// making starts the program and waits until it makes its service, which goes on when the function that it returns is called.
func making(t *testing.T, args ...string) (c *child, goOn func()) {
	t.Helper()
	c = &child{t: t, cmd: command(t, append([]string{"--log-file", "+", "--log-format", "json", "--pidfile", "x.pid", "probe", "--do", "wait make"}, args...)...)}
	fifo := filepath.Join(c.cmd.Dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
	})
	c.log = bufio.NewScanner(stderr)
	c.next("make")
	return c, func() {
		t.Helper()
		if err := os.WriteFile(fifo, []byte("go"), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// TestSignalsBeforeTheLoop: nothing that comes while the service is made kills the program, or is lost.
func TestSignalsBeforeTheLoop(t *testing.T) {
	c, goOn := making(t)
	c.signal(syscall.SIGUSR1)
	c.signal(syscall.SIGHUP)
	goOn()
	c.next("reloaded")
	for _, want := range []string{"the log was rotated", "the log was reopened"} { // the system does not keep their order
		if !strings.Contains(c.lines.String(), want) {
			t.Errorf("there is no %q:\n%s", want, c.lines.String())
		}
	}
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.Signal() != syscall.SIGTERM {
		t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
	}
}

// TestStopBeforeTheLoop: a signal that comes while the service is made is not lost, and the program takes its pid file with it. Whether the service is started, and stopped
// again, depends on when the system delivers the signal.
func TestStopBeforeTheLoop(t *testing.T) {
	c, goOn := making(t)
	c.signal(syscall.SIGTERM)
	goOn()
	status := c.wait()
	if _, err := os.Stat(filepath.Join(c.cmd.Dir, "x.pid")); status.Signal() != syscall.SIGTERM || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v\n%s", c.cmd.ProcessState, err, c.lines.String())
	}
}

// TestStopTwiceBeforeTheLoop: making a service may hang.
func TestStopTwiceBeforeTheLoop(t *testing.T) {
	c, _ := making(t)
	c.signal(syscall.SIGINT)
	c.signal(syscall.SIGTERM)
	if status := c.wait(); !status.Signaled() {
		t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
	}
}

// TestSignalsWhileStopping: the end is no time for a reload, or a successor.
func TestSignalsWhileStopping(t *testing.T) {
	c := start(t, "", "probe", "--do", "hang drain", "--grace", "1h")
	c.signal(syscall.SIGTERM)
	c.next("drain")
	c.signal(syscall.SIGHUP)
	c.next("the log was reopened")
	c.signal(syscall.SIGUSR2)
	c.next("no successor is started: this process is starting or stopping")
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.ExitStatus() != 1 || strings.Contains(c.lines.String(), `"reload"`) {
		t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
	}
}

// TestReloadsFollowOneAnother: two at a time would be the service's trouble, and one dropped the operator's.
func TestReloadsFollowOneAnother(t *testing.T) {
	p := &program{session: &session{}, stage: stageRunning, reloading: true, svc: &probe{}}
	p.reload()
	if p.reload(); !p.reloadNext {
		t.Error("the second reload is lost")
	}
	p.ending, p.reloadNext = true, false
	if p.reload(); p.reloadNext {
		t.Error("a reload while stopping")
	}
}

// TestFirstProcess: no signal kills the first process of a container.
func TestFirstProcess(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("unshare is not installed")
	}
	c := command(t)
	cmd := exec.Command(unshare, "--user", "--map-root-user", "--pid", "--fork", "--kill-child", c.Path, "--log-file", c.Dir+"/log", "probe", "--do", "end self")
	cmd.Env = c.Env
	out, _ := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare:") {
		t.Skipf("%s", out)
	}
	var first map[string]any
	text, err := os.ReadFile(c.Dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		json.Unmarshal([]byte(line), &first)
		if first["msg"] == "start" && first["pid"] != 1.0 {
			t.Fatalf("that is not the first process: %v", first)
		}
	}
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("exit status %d\n%s%s", code, out, text)
	}
}
