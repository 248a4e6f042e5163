// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package finger_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var programs string // the folder of the built programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "finger")
	if err == nil {
		programs = dir
		var out []byte
		if out, err = exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot build the examples:", err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// A running program is one that has to end well when the test does.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
}

func start(t *testing.T, name string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // far beyond what any test takes
	p := &running{t: t, cmd: exec.CommandContext(ctx, filepath.Join(programs, name), args...)}
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, p.stderr.String())
		}
		cancel()
	})
	return p
}

// says reads the program's next line, which has to begin so, and returns the rest.
func (p *running) says(prefix string) string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
	if !ok {
		p.t.Fatalf("the program said %q (%v), not %q", line, err, prefix)
	}
	return rest
}

// ask puts a question with nc, and returns the answer.
func ask(t *testing.T, at, question string) string {
	t.Helper()
	nc, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("nc is missing")
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nc, host, port)
	cmd.Stdin = strings.NewReader(question)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("nc: %v %s", err, out)
	}
	return string(out)
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// exchange sends and wants that much back.
func exchange(t *testing.T, c net.Conn, send, want string) {
	t.Helper()
	c.SetDeadline(time.Now().Add(time.Minute)) // which only a broken program reaches
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); string(got[:n]) != want {
		t.Errorf("%q: got %q (%v), want %q", send, got[:n], err, want)
	}
}

const loopback = "tcp:0:interface=127.0.0.1"

// get fetches a page with curl.
func get(t *testing.T, at string) string {
	t.Helper()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, curl, "-sSf", "--noproxy", "*", "http://"+at+"/").CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v %s", err, out)
	}
	return string(out)
}

func TestPage(t *testing.T) {
	users := write(t, filepath.Join(t.TempDir(), "users"), "alice: <b>Happy</b>\n")
	p := start(t, "finger09", users, loopback, loopback, loopback)
	fingerAt, _, webAt := p.says("listening on "), p.says("listening on "), p.says("listening on ")
	if got := ask(t, fingerAt, "alice\r\n"); got != "<b>Happy</b>\r\n" {
		t.Errorf("finger: %q", got)
	}
	if got := get(t, webAt); !strings.Contains(got, "<dt>alice<dd>&lt;b&gt;Happy&lt;/b&gt;") {
		t.Errorf("the page is %q", got)
	}
}

func TestNeighbour(t *testing.T) {
	dir := t.TempDir()
	there := start(t, "finger10", write(t, filepath.Join(dir, "there"), "carol: Here\n"), loopback, loopback, loopback)
	_, port, _ := net.SplitHostPort(there.says("listening on "))
	here := start(t, "finger10", write(t, filepath.Join(dir, "here"), "alice: Happy\n"), loopback, loopback, loopback, "there=tcp:127.0.0.1:"+port)
	at := here.says("listening on ")
	deadline := time.Now().Add(time.Minute) // which only a broken program reaches
	for got := ""; got != "Here\r\n"; {
		if got = ask(t, at, "carol@there\r\n"); time.Now().After(deadline) {
			t.Fatalf("got %q", got)
		}
	}
}

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	passwords := filepath.Join(dir, "passwords")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	add := exec.CommandContext(ctx, filepath.Join(programs, "finger11"), "passwd", "--passwords", passwords, "bob")
	add.Stdin = strings.NewReader("correct horse\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	users := write(t, filepath.Join(dir, "users"), "bob: Back on Monday\n")
	fingerAt, setAt := filepath.Join(dir, "f"), filepath.Join(dir, "s")
	log := filepath.Join(dir, "log")
	pid := filepath.Join(dir, "pid")
	daemon := exec.CommandContext(ctx, filepath.Join(programs, "finger11"), "--daemon", "--log-file", log, "--pidfile", pid,
		"finger", "--users", users, "--passwords", passwords, "--listen", "unix:"+fingerAt, "--set", "unix:"+setAt)
	if out, err := daemon.CombinedOutput(); err != nil { // it returns when the service has started
		t.Fatalf("%v %s", err, out)
	}
	text, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			syscall.Kill(number, syscall.SIGKILL)
		}
	}()
	dial := func(path string) net.Conn {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	exchange(t, dial(fingerAt), "bob\r\n", "Back on Monday\r\n")
	exchange(t, dial(setAt), "LOGIN bob wrong\r\n", "ERR login failed\r\n")
	exchange(t, dial(setAt), "LOGIN bob correct horse\r\nSET gone fishing\r\n", "OK hello bob\r\nOK\r\n")
	exchange(t, dial(fingerAt), "bob\r\n", "gone fishing\r\n")
	if err := syscall.Kill(number, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !stopped; {
		_, err := os.Stat(pid) // the last thing that it removes
		if stopped = os.IsNotExist(err); !stopped && time.Now().After(deadline) {
			t.Fatal("it does not stop")
		}
		runtime.Gosched()
	}
	said, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(said), "login failed") || strings.Contains(string(said), "correct horse") {
		t.Errorf("the log is %s, %v", said, err)
	}
}
