// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/distrib"
)

// TestMain lets the test binary be the command itself.
func TestMain(m *testing.M) {
	if os.Getenv("TWIST_TEST_COMMAND") == "1" {
		plugins = append(plugins, faultyPlugin)
		if home := os.Getenv("TWIST_TEST_HOME"); home != "" { // of the only user, ann
			userDirectory.MinUID, userDirectory.Users = -1, func() ([]distrib.SystemUser, error) {
				return []distrib.SystemUser{{Name: "ann", UID: os.Getuid(), Home: home}}, nil
			}
		}
		Execute()
	}
	if signal.Ignored(syscall.SIGHUP) { // as under nohup. Twist would not listen to it either: what a parent catches is not ignored
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	os.Exit(m.Run())
}

// A server is a twist process.
type server struct {
	t         *testing.T
	cmd       *exec.Cmd
	log       *bufio.Scanner
	lines     bytes.Buffer // what the log said
	stdout    bytes.Buffer
	addresses []string
}

// logged has the log on standard error unless args say otherwise.
func logged(args []string) []string {
	if len(args) > 0 && args[0] == "--log-file" {
		return args
	}
	return append([]string{"--log-file", "+"}, args...)
}

// start runs twist with its log on standard error and waits until it listens on n endpoints, for which the log has to be json.
func start(t *testing.T, n int, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // far beyond what any test takes
	s := &server{t: t, cmd: exec.CommandContext(ctx, os.Args[0], logged(args)...)}
	s.cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1")
	s.cmd.Stdout = &s.stdout
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		cancel()
	})
	s.log = bufio.NewScanner(stderr)
	for len(s.addresses) < n {
		line := s.next("service: listening")
		s.addresses = append(s.addresses, line["addr"].(string))
	}
	return s
}

// next reads the log up to the line with the message.
func (s *server) next(msg string) map[string]any {
	s.t.Helper()
	for s.log.Scan() {
		s.lines.Write(s.log.Bytes())
		s.lines.WriteByte('\n')
		line := map[string]any{}
		if err := json.Unmarshal(s.log.Bytes(), &line); err == nil && line["msg"] == msg {
			return line
		}
	}
	s.t.Fatalf("the log ended without %q:\n%s", msg, s.lines.String())
	return nil
}

// said reads the log, in any format, up to a line with the text.
func (s *server) said(text string) string {
	s.t.Helper()
	for s.log.Scan() {
		s.lines.Write(s.log.Bytes())
		s.lines.WriteByte('\n')
		if strings.Contains(s.log.Text(), text) {
			return s.log.Text()
		}
	}
	s.t.Fatalf("the log ended without %q:\n%s", text, s.lines.String())
	return ""
}

// stop signals the process and returns its exit status: 0 if it stopped well, and died by the same signal then.
func (s *server) stop() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	for s.log.Scan() {
		s.lines.Write(s.log.Bytes())
		s.lines.WriteByte('\n')
	}
	s.cmd.Wait()
	return s.status()
}

func (s *server) status() int {
	if w := s.cmd.ProcessState.Sys().(syscall.WaitStatus); w.Signaled() && w.Signal() == syscall.SIGTERM && strings.Contains(s.lines.String(), "server shut down") {
		return 0
	}
	return max(s.cmd.ProcessState.ExitCode(), 1)
}

// folder makes a folder to serve.
func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, content := range map[string]string{"hello.txt": "hello, world\n", "sub/page.html": "<p>page", ".hidden": "secret", "big.bin": strings.Repeat("0123456789abcdef", 1<<16)} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// curl runs the real one and returns what it wrote.
func curl(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	out, err := exec.Command(program, append([]string{"-sS", "--max-time", "60"}, args...)...).Output()
	if err != nil {
		t.Fatalf("curl %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestWebWithCurl(t *testing.T) {
	s := start(t, 1, "web", "--listen", "tcp:0:interface=127.0.0.1", "--path", folder(t), "--log-format", "json")
	at := "http://" + s.addresses[0]
	status := []string{"-o", os.DevNull, "-w", "%{http_code}"}
	etag := ""
	for line := range strings.Lines(curl(t, "-I", at+"/hello.txt")) {
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "etag") {
			etag = strings.TrimSpace(value)
		}
	}
	if etag == "" {
		t.Error("a file has no ETag")
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"file", []string{at + "/hello.txt"}, "hello, world\n"},
		{"range", []string{"-r", "0-4", "-w", " %{http_code}", at + "/hello.txt"}, "hello 206"},
		{"last bytes", []string{"-r", "-6", at + "/hello.txt"}, "world\n"},
		{"range beyond the end", append(status, "-r", "100-", at+"/hello.txt"), "416"},
		{"not modified", append(status, "-H", "If-None-Match: "+etag, at+"/hello.txt"), "304"},
		{"not found", append(status, at+"/nothing"), "404"},
		{"folder without slash", append(status, at+"/sub"), "301"},
		{"redirected", append(status, "-L", at+"/sub"), "200"},
		{"hidden", append(status, at+"/.hidden"), "404"},
		{"outside", append(status, "--path-as-is", at+"/../../../../../../etc/passwd"), "404"},
		{"outside, encoded", append(status, "--path-as-is", at+"/..%2f..%2f..%2f..%2fetc/passwd"), "404"},
		{"method", append(status, "-X", "DELETE", at+"/hello.txt"), "405"},
		{"HTTP/1.0", []string{"-0", at + "/hello.txt"}, "hello, world\n"},
		{"two on one connection", []string{"-w", "%{num_connects}", at + "/hello.txt", at + "/hello.txt"}, "hello, world\n1hello, world\n0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := curl(t, tt.args...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("listing", func(t *testing.T) {
		got := curl(t, at+"/")
		for _, want := range []string{"hello.txt", "sub/", "big.bin"} {
			if !strings.Contains(got, want) {
				t.Errorf("the listing lacks %q", want)
			}
		}
		if strings.Contains(got, ".hidden") {
			t.Error("the listing shows a hidden file")
		}
	})
	t.Run("large file", func(t *testing.T) {
		if got := len(curl(t, at+"/big.bin")); got != 1<<20 {
			t.Errorf("got %d bytes", got)
		}
	})
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d after SIGTERM:\n%s", code, s.lines.String())
	}
	if log := s.lines.String(); !strings.Contains(log, `"msg":"request"`) || !strings.Contains(log, `"status":206`) {
		t.Errorf("requests are not in the log:\n%s", log)
	}
}

func TestWebListensOnSeveral(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	s := start(t, 2, "web", "-l", "tcp:0:interface=127.0.0.1:loops=2", "-l", "unix:"+socket, "-p", folder(t), "--log-format", "json")
	if got := curl(t, "http://"+s.addresses[0]+"/hello.txt"); got != "hello, world\n" {
		t.Errorf("over TCP: %q", got)
	}
	if got := curl(t, "--unix-socket", socket, "http://localhost/hello.txt"); got != "hello, world\n" {
		t.Errorf("over UNIX: %q", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if _, err := os.Lstat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket's file is still there (%v)", err)
	}
}

// TestStopDuringDownload checks that a download under way when the signal comes is not cut off, while new connections are refused.
func TestStopDuringDownload(t *testing.T) {
	dir := t.TempDir()
	const size = 24 << 20 // more than the sockets between the two hold
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, size), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, 1, "web", "--listen", "tcp:0:interface=127.0.0.1", "--path", dir, "--log-format", "json", "--grace", "60s")
	c, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "GET /big HTTP/1.0\r\nHost: x\r\n\r\n")
	r := bufio.NewReader(c)
	for line := ""; line != "\r\n"; {
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.next("stopping")
	if n, err := io.Copy(io.Discard, r); n != size || err != nil {
		t.Errorf("got %d of %d bytes, %v", n, size, err)
	}
	s.next("service: stopped")
	s.next("server shut down")
	s.cmd.Wait()
	if code := s.status(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

func TestCombinedLog(t *testing.T) {
	// The log is text here, so the address is chosen by hand: a socket's path is known beforehand.
	socket := filepath.Join(t.TempDir(), "s")
	s := start(t, 0, "web", "--listen", "unix:"+socket, "--path", folder(t), "--log-format", "combined")
	s.said("service: listening")
	curl(t, "--unix-socket", socket, "http://localhost/hello.txt")
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if got := s.stdout.String(); !strings.Contains(got, `"GET /hello.txt HTTP/1.1" 200 13 "-" "curl/`) {
		t.Errorf("standard output is %q", got)
	}
}

func TestMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no server", nil, 64, "which server?"},
		{"unknown server", []string{"bogus"}, 64, `no server "bogus"`},
		{"unknown flag", []string{"web", "--nope"}, 64, "--nope"},
		{"surplus", []string{"web", "x"}, 64, `"x"`},
		{"endpoint", []string{"web", "--listen", "tcp:http"}, 1, `endpoint: "tcp:http"`},
		{"port alone", []string{"web", "--listen", "8080"}, 1, `see "twist help endpoints"`},
		{"port in use", []string{"web", "--listen", "tcp:" + port + ":interface=127.0.0.1"}, 1, "address already in use"},
		{"folder", []string{"web", "--path", filepath.Join(t.TempDir(), "none")}, 1, "--path"},
		{"log format", []string{"web", "--log-format", "xml"}, 64, `"xml" is not text, json, logfmt, classic, twisted or combined`},
		{"loops", []string{"web", "--loops", "0"}, 64, "--loops"},
		{"many loops", []string{"web", "--loops", "many"}, 64, `--loops: "many" is neither`},
		{"loops before the server", []string{"--loops", "1025", "web"}, 64, "--loops"},
		{"reactors", []string{"--help-reactors"}, 0, reactor.Pollers()[0]},
		{"reactors of a server", []string{"web", "--help-reactors", "--path", "/nowhere"}, 0, "default"},
		{"reactor", []string{"web", "--reactor", "nope"}, 64, `"nope"`},
		{"help", []string{"web", "--help"}, 0, "--listen"},
		{"help topic", []string{"help", "endpoints"}, 0, "haproxy:tcp:8080"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if code := Main(t.Context(), tt.args, &out, &out); code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			if !strings.Contains(out.String(), tt.want) {
				t.Errorf("output lacks %q:\n%s", tt.want, out.String())
			}
		})
	}
}
