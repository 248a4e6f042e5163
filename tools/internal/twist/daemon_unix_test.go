// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDaemon serves a folder from the background.
func TestDaemon(t *testing.T) {
	dir := folder(t)
	socket := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(os.Args[0], "--daemon", "web", "--path", ".", "--listen", "unix:"+socket)
	if exe, err := os.Executable(); err != nil {
		t.Fatal(err)
	} else {
		cmd.Path = exe
	}
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TWIST_TEST_COMMAND=1")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "twist.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	if got := curl(t, "--unix-socket", socket, "http://localhost/hello.txt"); got != "hello, world\n" {
		t.Errorf("got %q", got)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(filepath.Join(dir, "twist.pid")); os.IsNotExist(err) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the daemon does not end")
		}
	}
	if log, err := os.ReadFile(filepath.Join(dir, "twist.log")); err != nil || !bytes.Contains(log, []byte("server shut down")) {
		t.Errorf("%v\n%s", err, log)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// TestDaemonHasNoOutput: what writes to standard output is refused, and the shell sees it.
func TestDaemonHasNoOutput(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "--daemon", "web", "--log-format", "combined", "--listen", "unix:"+filepath.Join(t.TempDir(), "s"))
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "TWIST_TEST_COMMAND=1")
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "--log-format: combined writes to standard output") {
		t.Errorf("%v: %s", cmd.ProcessState, out)
	}
}

// TestUnreadableKey: a key that the user who starts the server may not read is told with the option that names it.
func TestUnreadableKey(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(key, []byte("secret"), 0o000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "web", "--listen", "tls:0:cert="+key+":key="+key, "--path", "/")
	cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1")
	if os.Getuid() == 0 {
		exe := filepath.Join(dir, "exe") // where nobody may run it
		program, err := os.ReadFile(os.Args[0])
		if err == nil {
			err = os.WriteFile(exe, program, 0o755)
		}
		for at := dir; err == nil && at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
			err = os.Chmod(at, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path = exe
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	cmd.Dir = "/"
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "--listen: ") || !strings.Contains(string(out), "permission denied") || strings.Contains(string(out), "secret") {
		t.Errorf("%v: %s", cmd.ProcessState, out)
	}
}

// TestGivesRightsUp: the port is opened by root, the files are served by somebody else.
func TestGivesRightsUp(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	dir := folder(t)
	if err := os.Chmod(filepath.Join(dir, "hello.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, 1, "--uid", "nobody", "web", "--listen", "tcp:0:interface=127.0.0.1", "--path", dir, "--log-format", "json")
	for file, want := range map[string]int{"/hello.txt": 403, "/sub/page.html": 200} {
		resp, err := http.Get("http://" + s.addresses[0] + file)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", file, resp.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}
