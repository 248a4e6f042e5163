// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

// Package site_test runs the steps of the tutorial of web, web/docs/tutorial.md, of which some are talked to by curl: each folder is a program, which has a little more than the one before.
package site_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

var programs string // the folder of the built programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "site")
	if err == nil {
		programs = dir
		var out []byte
		if out, err = exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./site01", "./site08", "./site09", "./site10").CombinedOutput(); err != nil {
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
	out    *bufio.Scanner
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
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		for p.out.Scan() {
		}
		err := p.cmd.Wait()
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); err != nil && !(ok && status.Signal() == syscall.SIGTERM) {
			t.Errorf("%s: %v\n%s", name, err, p.stderr.String())
		}
		cancel()
	})
	return p
}

// says waits for a line of the program's output that has text in it, and returns what follows that.
func (p *running) says(text string) string {
	p.t.Helper()
	for p.out.Scan() {
		if _, rest, ok := strings.Cut(p.out.Text(), text); ok {
			return rest
		}
	}
	p.t.Fatalf("the program never said %q\n%s", text, p.stderr.String())
	return ""
}

// curl runs curl and returns what it has written.
func curl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := curlCommand(t, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %v: %v %s", args, err, out)
	}
	return string(out)
}

func curlCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, path, append([]string{"-sS"}, args...)...)
}

// addUser makes alice, whose password is secret, known in a file.
func addUser(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(programs, name), args...)
	cmd.Stdin = strings.NewReader("secret\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
}

func TestHello(t *testing.T) {
	at := start(t, "site01", "tcp:0:interface=127.0.0.1").says("listening on ")
	if got := curl(t, "http://"+at+"/"); got != "<h1>Hello</h1>\n" {
		t.Errorf("got %q", got)
	}
}

const gif = "GIF89a and so on"

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := own.DumpPEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"server.pem": pem, "ca.pem": own.PEM(), "me.jpg": []byte(gif)} {
		if err := os.WriteFile(in(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addUser(t, "site08", "-users", in("users"), "-add", "alice")
	p := start(t, "site08", "-dir", dir, "-users", in("users"), "tls:0:interface=127.0.0.1:cert="+in("server.pem")+":key="+in("server.pem"), "unix:"+in("s"))
	_, port, err := net.SplitHostPort(p.says("listening on "))
	if err != nil {
		t.Fatal(err)
	}
	p.says("listening on ")
	url := "https://localhost:" + port
	ask := func(args ...string) string {
		t.Helper()
		return curl(t, append([]string{"--cacert", in("ca.pem"), "--resolve", "localhost:" + port + ":127.0.0.1", "-b", in("jar"), "-c", in("jar")}, args...)...)
	}
	if got := ask("-L", "-d", "name=alice&password=secret", url+"/login"); !strings.Contains(got, "You are <b>alice</b>") {
		t.Fatalf("after the login: %s", got)
	}
	jar, err := os.ReadFile(in("jar"))
	if err != nil || !strings.Contains(string(jar), "TORSION_SECURE_SESSION") {
		t.Errorf("the cookies: %s %v", jar, err)
	}
	ask("-F", "text=Look", "-F", "picture=@"+in("me.jpg"), url+"/notes")
	page := ask("-w", "%{http_version}", url+"/")
	_, after, ok := strings.Cut(page, `<img src="`)
	src, _, _ := strings.Cut(after, `"`)
	if !ok || !strings.HasSuffix(page, "2") {
		t.Fatalf("got %s", page)
	}
	if got := ask(url + src); got != gif {
		t.Errorf("the picture: %q", got)
	}
	if got := ask("--http1.1", "-w", "%{http_version}", url+"/notes/1"); !strings.Contains(got, `"Text":"Look"`) || !strings.HasSuffix(got, "1.1") {
		t.Errorf("by HTTP/1.1: %s", got)
	}
	if got := curl(t, "--unix-socket", in("s"), "http://localhost/notes/1"); !strings.Contains(got, `"Author":"alice"`) {
		t.Errorf("by a UNIX socket: %s", got)
	}
}

func TestBehindAProxy(t *testing.T) {
	for proxies, want := range map[string]bool{"127.0.0.0/8": true, "10.0.0.0/8": false} {
		var p *running
		ok := t.Run(proxies, func(t *testing.T) {
			p = start(t, "site09", "-dir", t.TempDir(), "-proxies", proxies, "tcp:0:interface=127.0.0.1")
			head := curl(t, "-D-", "-o", os.DevNull, "-d", "", "-H", "X-Forwarded-For: 203.0.113.7", "-H", "X-Forwarded-Proto: https", "http://"+p.says("listening on ")+"/logout")
			if got := strings.Contains(strings.ToLower(head), "; secure"); got != want {
				t.Errorf("%s", head)
			}
		})
		if !ok {
			continue
		}
		if log := p.stderr.String(); strings.HasPrefix(log, "203.0.113.7 - ") != want || !strings.Contains(log, `"POST /logout HTTP/1.1" 303`) {
			t.Errorf("proxies %s: the access log says %q", proxies, log)
		}
	}
}

func TestService(t *testing.T) {
	dir := t.TempDir()
	socket, users := filepath.Join(dir, "s"), filepath.Join(dir, "users")
	addUser(t, "site10", "passwd", "--users", users, "alice")
	p := start(t, "site10", "site", "--users", users, "--dir", dir, "--listen", "unix:"+socket)
	p.says("listening")
	live := curlCommand(t, "-N", "-D-", "--unix-socket", socket, "http://localhost/live")
	out, err := live.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := live.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "" { // the header
	}
	jar := filepath.Join(dir, "jar")
	curl(t, "--unix-socket", socket, "-b", jar, "-c", jar, "-d", "name=alice&password=secret", "http://localhost/login")
	curl(t, "--unix-socket", socket, "-b", jar, "-d", "text=Hello", "http://localhost/notes")
	if !lines.Scan() || lines.Text() != `alice: "Hello"` {
		t.Errorf("the stream says %q, %v", lines.Text(), lines.Err())
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	for lines.Scan() {
		t.Errorf("the stream goes on: %q", lines.Text())
	}
	if err := live.Wait(); err != nil {
		t.Errorf("the stream was cut off: %v", err)
	}
	p.says("shut down")
}
