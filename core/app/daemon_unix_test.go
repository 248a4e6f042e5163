// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemonize runs the program with --daemon and returns the number of the process that it left behind, which the test ends, and its folder.
func daemonize(t *testing.T, args ...string) (pid int, dir string) {
	t.Helper()
	cmd := command(t, append([]string{"--daemon"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "prog.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid, cmd.Dir
}

// end ends a daemon and waits until it is gone: until nobody has its pid file locked.
func end(t *testing.T, pid int, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	flock(t, f)
}

// flock waits for the lock.
func flock(t *testing.T, f *os.File) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("the daemon does not end")
		}
	}
}

func TestDaemon(t *testing.T) {
	pid, dir := daemonize(t, "probe", "--listen", "127.0.0.1:0")
	log, err := os.ReadFile(filepath.Join(dir, "prog.log"))
	if err != nil {
		t.Fatal(err)
	}
	started := false
	for line := range bytes.Lines(log) {
		var l map[string]any
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l["msg"] == "start" && (l["daemon"] != true || l["sid"] != float64(pid) || l["cwd"] != dir) {
			t.Errorf("the daemon is %v", l)
		}
		started = started || l["msg"] == "start"
	}
	if !started {
		t.Errorf("the log:\n%s", log)
	}
	info, err := os.Stat(filepath.Join(dir, "prog.log"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log has mode %v, %v: the umask is not 077", info.Mode(), err)
	}
	for fd := range 3 {
		if to, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(fd)); !errors.Is(err, fs.ErrNotExist) && to != os.DevNull {
			t.Errorf("descriptor %d is %s, %v", fd, to, err)
		}
	}
	again := command(t, "--daemon", "probe")
	again.Dir = dir
	if out, err := again.CombinedOutput(); again.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "process "+strconv.Itoa(pid)+" runs already") {
		t.Errorf("a second one: %v, %s", err, out)
	}
	end(t, pid, filepath.Join(dir, "prog.pid"))
	var names []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if err != nil || strings.Join(names, " ") != "prog.log" {
		t.Errorf("it leaves %q, %v", names, err)
	}
}

// TestDaemonFails: the shell sees what went wrong.
func TestDaemonFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"probe --listen " + taken.Addr().String(), 1, "address already in use\n"},
		{"probe --do fail_start", 1, "prog: error: --do: start failed\n"},
		{"probe --do fail_make", 1, "prog: error: --do: making failed\n"},
		{"probe --do panic", 1, "prog: error: the program crashed: making panics\n"},
		{"probe --do wrong", 1, "prog: error: --do: it is wrong\n"},
		{"probe --nope", 64, "there is no option --nope"},
		{"--log-file - probe", 64, "--log-file: a daemon has no standard streams"},
		{"--log-file /none/x probe", 1, "--log-file: "},
		{"--umask 888 probe", 64, `--umask: "888" is no octal number between 0 and 777`},
		{"--uid no-such-user probe", 64, `--uid: there is no user "no-such-user"`},
		{"--gid no-such-group probe", 64, `--gid: there is no group "no-such-group"`},
		{"--euid probe", 64, "--euid: needs --uid or --gid"},
		{"--log-file l --rundir /none probe", 1, "the folder for crashes: open /none"},
		{"--log-file l --chroot /none probe", 1, "the folder for crashes: open /none"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Fields(tt.args)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "fail_", "fail ")
			}
			cmd := command(t, append([]string{"--daemon"}, args...)...)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v, %q is not in\n%s", err, tt.want, out)
			}
			if _, err := os.Stat(filepath.Join(cmd.Dir, "prog.pid")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a pid file is left: %v", err)
			}
		})
	}
}

// TestDaemonCrash: the stack of a panic that ends the process is in a file.
func TestDaemonCrash(t *testing.T) {
	cmd := command(t, "--daemon", "probe", "--do", "crash")
	out, err := cmd.CombinedOutput() // it may have started before it crashes
	waitFor(t, filepath.Join(cmd.Dir, "prog-CRASH.log"), "panic: somewhere else")
	waitFor(t, filepath.Join(cmd.Dir, "prog-CRASH.log"), "probe_test.go")
	t.Logf("%v, %s", err, out)
	made := command(t, "--daemon", "--rundir", cmd.Dir, "--pidfile", "", "probe", "--do", "panic")
	if out, err := made.CombinedOutput(); err == nil {
		t.Errorf("%s", out)
	}
	waitFor(t, filepath.Join(cmd.Dir, "prog-CRASH.log"), "panic: making panics")
}

func TestCrash(t *testing.T) {
	cmd := command(t, "probe", "--do", "panic")
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != ExitSoftware || !strings.Contains(string(out), "panic: making panics") {
		t.Errorf("%v\n%s", cmd.ProcessState, out)
	}
}

// TestDaemonPaths: relative names are those of the folder in which the command was given, but for the log without a name.
func TestDaemonPaths(t *testing.T) {
	dir := t.TempDir()
	cmd := command(t, "--daemon", "--rundir", dir, "--umask", "022", "probe")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "prog.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGKILL)
	info, err := os.Stat(filepath.Join(dir, "prog.log"))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	waitFor(t, filepath.Join(dir, "prog.log"), `"cwd":"`+dir+`"`)
	end(t, pid, filepath.Join(cmd.Dir, "prog.pid"))
}

func TestStatusPipe(t *testing.T) {
	t.Setenv(envStatus, "2")
	if _, err := takeStatusPipe(); err == nil {
		t.Error("descriptor 2 is taken")
	}
	if s, err := takeStatusPipe(); s != nil || err != nil {
		t.Error("the variable is still there")
	}
}
