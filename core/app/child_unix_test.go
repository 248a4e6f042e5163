// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A child is the program as a process, which has its log on standard error.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *bufio.Scanner
	lines strings.Builder
}

// command returns the program with the arguments. It does not outlive the test, nor two minutes.
func command(t *testing.T, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // far beyond what any test takes
	t.Cleanup(cancel)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), "APP_TEST_COMMAND=1")
	cmd.Dir = t.TempDir()
	if os.Getuid() == 0 { // for those who give their rights up
		if err := os.Chmod(cmd.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return cmd
}

// start starts it and waits until the service has started.
func start(t *testing.T, env string, args ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: command(t, append([]string{"--log-file", "+", "--log-format", "json"}, args...)...)}
	c.cmd.Env = append(c.cmd.Env, env)
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
	c.next("started")
	return c
}

// next reads the log up to a message.
func (c *child) next(msg string) map[string]any {
	c.t.Helper()
	for c.log.Scan() {
		c.lines.WriteString(c.log.Text() + "\n")
		line := map[string]any{}
		if json.Unmarshal(c.log.Bytes(), &line) == nil && line["msg"] == msg {
			return line
		}
	}
	c.t.Fatalf("the log ended without %q:\n%s", msg, c.lines.String())
	return nil
}

func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// wait reads the rest of the log and returns how the process ended.
func (c *child) wait() syscall.WaitStatus {
	for c.log.Scan() {
		c.lines.WriteString(c.log.Text() + "\n")
	}
	c.cmd.Wait()
	return c.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

func TestDeathBySignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		c := start(t, "", "probe")
		c.signal(s)
		if status := c.wait(); !status.Signaled() || status.Signal() != s || !strings.Contains(c.lines.String(), "server shut down") {
			t.Errorf("%v: %v\n%s", s, c.cmd.ProcessState, c.lines.String())
		}
	}
}

// TestShellSeesSignal: what a shell shows of it.
func TestShellSeesSignal(t *testing.T) {
	c := command(t)
	out := c.Dir + "/log"
	sh := exec.Command("sh", "-c", `"$0" --log-file "$1" probe & p=$!; until grep -q '"started"' "$1" 2>/dev/null; do :; done; kill -TERM $p; wait $p; echo $?`, c.Path, out)
	sh.Env = c.Env
	got, err := sh.Output()
	if string(got) != "143\n" {
		t.Errorf("the shell says %q, %v", got, err)
	}
}

func TestSecondSignal(t *testing.T) {
	c := start(t, "", "probe", "--do", "hang stop", "--grace", "1h")
	c.signal(syscall.SIGTERM)
	c.next("stop")
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.ExitStatus() != 1 || !strings.Contains(c.lines.String(), `"stopping at once"`) || !strings.Contains(c.lines.String(), "prog: error: stopped at once by a second signal") {
		t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
	}
}

func TestReload(t *testing.T) {
	c := start(t, "", "probe")
	c.signal(syscall.SIGHUP)
	c.next("the log was reopened")
	c.next("reload")
	c.next("reloaded")
	c.signal(syscall.SIGTERM)
	c.wait()
	c = start(t, "", "probe", "--do", "fail reload")
	c.signal(syscall.SIGHUP)
	c.next("the service was not reloaded: it goes on as it was")
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", c.cmd.ProcessState)
	}
}

func TestRotateBySignal(t *testing.T) {
	c := command(t, "--log-file", "log", "probe")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, c.Dir+"/log", "started")
	if err := c.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	waitFor(t, c.Dir+"/log", "the log was rotated")
	if err := os.Rename(c.Dir+"/log", c.Dir+"/moved"); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, c.Dir+"/log", "the log was reopened")
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest := bufio.NewScanner(stdout)
	if rest.Scan() {
		t.Errorf("standard output has %q", rest.Text())
	}
	c.Wait()
	waitFor(t, c.Dir+"/log.1", "started")
	waitFor(t, c.Dir+"/log", "server shut down")
}

// waitFor waits until a file has a text. The program writes it without telling anybody.
func waitFor(t *testing.T, file, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		content, err := os.ReadFile(file)
		if err == nil && bytes.Contains(content, []byte(text)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has no %q (%v):\n%s", file, text, err, content)
		}
	}
}

func TestSucceed(t *testing.T) {
	c := start(t, "APP_TEST_SUCCEED=fail", "probe")
	c.signal(syscall.SIGUSR2)
	c.next("the successor did not start: this process goes on")
	c.signal(syscall.SIGTERM)
	c.wait()
	c = start(t, "APP_TEST_SUCCEED=1", "probe")
	c.signal(syscall.SIGUSR2)
	c.next("the successor is ready: stopping")
	if status := c.wait(); !status.Exited() || status.ExitStatus() != 0 || !strings.Contains(c.lines.String(), `"drain"`) {
		t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
	}
}

// TestIgnoredSignal: a program that nohup started goes on when the terminal goes.
func TestIgnoredSignal(t *testing.T) {
	c := command(t)
	sh := exec.Command("sh", "-c", `trap '' HUP; exec "$0" --log-file "$1" probe`, c.Path, c.Dir+"/log")
	sh.Env = c.Env
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, c.Dir+"/log", "started")
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1} {
		if err := sh.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, c.Dir+"/log", "the log was rotated")
	if err := sh.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	sh.Wait()
	log, err := os.ReadFile(c.Dir + "/log.1")
	if more, e := os.ReadFile(c.Dir + "/log"); err != nil || e != nil || bytes.Contains(append(log, more...), []byte("reopened")) {
		t.Errorf("%v, %v:\n%s", err, e, log)
	}
}
