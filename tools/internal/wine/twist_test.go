// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wine_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/tools/internal/wine"
)

// patience is when a test that waits for something gives up. It says nothing about speed.
const patience = 2 * time.Minute

// run runs a program of this system and returns what it says.
func run(t *testing.T, stdin string, env []string, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// A server is twist under wine.
type server struct {
	cmd   *exec.Cmd
	lines chan map[string]any // of its log; closed at its end
}

func start(t *testing.T, p *wine.Prefix, dir string, args ...string) *server {
	t.Helper()
	s := &server{cmd: exec.Command(wine.Loader, append([]string{"twist.exe"}, args...)...), lines: make(chan map[string]any, 1000)}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = dir, p.Env(), os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		for range s.lines { // the reader below ends with the process
		}
		s.cmd.Wait()
	})
	// The cleanup waits for it.
	go func() {
		defer close(s.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var line map[string]any
			if json.Unmarshal(scan.Bytes(), &line) == nil {
				s.lines <- line
			}
		}
	}()
	return s
}

// until waits for a line of the log.
func (s *server) until(t *testing.T, msg string) map[string]any {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				t.Fatalf("the log ended without %q", msg)
			}
			if line["msg"] == msg {
				return line
			}
		case <-timeout:
			t.Fatalf("no %q in the log", msg)
		}
	}
}

// TestTwistWeb lets twist serve as a Windows program to clients of this system.
func TestTwistWeb(t *testing.T) {
	prefix := os.Getenv(wine.Environment)
	if prefix == "" {
		t.Skip("run by the check's step windows: " + wine.Environment + " names no installation of wine")
	}
	dir := t.TempDir()
	run(t, "", []string{"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"}, "go", "build", "-o", filepath.Join(dir, "twist.exe"), "../../cmd/twist")
	run(t, "", nil, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", filepath.Join(dir, "key.pem"),
		"-out", filepath.Join(dir, "cert.pem"), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.2")
	if err := os.MkdirAll(filepath.Join(dir, "www", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("0123456789", 30_000)
	if err := os.WriteFile(filepath.Join(dir, "www", "sub", "page.txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, wine.At(prefix), dir, "--log-format", "json", "web", "--listen", "tcp:0:interface=127.0.0.1",
		"--listen", "tls:0:interface=127.0.0.2:cert=cert.pem:key=key.pem", "--path", "www")
	plain, tls := "", ""
	for range 2 {
		if addr := s.until(t, "service: listening")["addr"].(string); strings.HasPrefix(addr, "127.0.0.2:") {
			tls = addr
		} else {
			plain = addr
		}
	}
	for _, args := range [][]string{
		{"--http1.1", "http://" + plain}, {"--http2-prior-knowledge", "http://" + plain},
		{"--http1.1", "--cacert", filepath.Join(dir, "cert.pem"), "https://" + tls}, {"--http2", "--cacert", filepath.Join(dir, "cert.pem"), "https://" + tls},
	} {
		url := args[len(args)-1] + "/sub/page.txt"
		args = append(args[:len(args)-1:len(args)-1], "-sS", "--max-time", "60", url)
		if got := run(t, "", nil, "curl", args...); got != text {
			t.Errorf("curl %q: %d bytes, beginning with %.100q", args, len(got), got)
		}
		want := "HTTP/" + strings.TrimSuffix(strings.TrimPrefix(args[0], "--http"), "-prior-knowledge")
		if got := run(t, "", nil, "curl", append(args, "-I")...); !strings.HasPrefix(got, want+" 200") {
			t.Errorf("curl %q -I: %.200q, want %s", args, got, want)
		}
		if got := run(t, "", nil, "curl", append(args, "-r", "5-14")...); got != "5678901234" {
			t.Errorf("curl %q -r 5-14: %.100q", args, got)
		}
	}
	got := run(t, "GET /sub/page.txt HTTP/1.0\r\n\r\n", nil, "openssl", "s_client", "-connect", tls, "-CAfile", filepath.Join(dir, "cert.pem"), "-verify_return_error", "-quiet", "-ign_eof")
	if !strings.Contains(got, "200 OK") || !strings.HasSuffix(got, text) {
		t.Errorf("openssl s_client: %.1000q", got)
	}

	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil { // which wine takes for Ctrl-C
		t.Fatal(err)
	}
	s.until(t, "server shut down")
	for range s.lines {
	}
	if err := s.cmd.Wait(); s.cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("after Ctrl-C: %v", err)
	}
}

// TestMissing: what is missing is told with the packages to install.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if got := wine.Missing(); !strings.Contains(got, "apt-get install") || !strings.Contains(got, "gcc-mingw-w64-x86-64") {
		t.Errorf("got %q", got)
	}
}
