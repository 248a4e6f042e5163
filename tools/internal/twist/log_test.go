// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// faultyPlugin is a server for tests that does wrong what a client asks for.
var faultyPlugin = app.Plugin{Name: "faulty", Short: "For tests", New: func(o *usage.Options) app.Maker {
	var listen []string
	declareListen(o, &listen)
	return func(env *app.Env) (service.Service, error) {
		return newServers(env, "faulty", listen, newConnections(env, protocol.ForProtocol(func() *faulty { return &faulty{} }), false))
	}
}}

type faulty struct{ protocol.Base }

func (f *faulty) DataReceived(t protocol.Transport, p []byte) {
	switch p[0] {
	case 'p':
		f.panics()
	case 'd':
		f.drops(t)
	case 'g':
		runtime.GC()
	}
}

func (*faulty) panics() { panic("wrong") }

func (f *faulty) drops(t protocol.Transport) {
	deferred.Execute(t.Loop(), func() (int, error) { f.panics(); return 0, nil })
}

// TestStacks: panics and errors that nobody handled come with their stacks in each format.
func TestStacks(t *testing.T) {
	for _, format := range []string{"text", "json", "logfmt", "classic", "twisted"} {
		t.Run(format, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			s := start(t, 0, "faulty", "--listen", "unix:"+socket, "--log-format", format)
			s.said("service: listening")
			for _, ask := range []string{"p", "d"} {
				c, err := net.Dial("unix", socket)
				if err != nil {
					t.Fatal(err)
				}
				io.WriteString(c, ask)
				stop, stopped := make(chan struct{}), make(chan struct{})
				go func() { // until the line is there; the collector finds what was dropped
					defer close(stopped)
					for ask == "d" {
						select {
						case <-stop:
							return
						default:
							if _, err := io.WriteString(c, "g"); err != nil {
								return
							}
						}
					}
				}()
				s.said("(*faulty).panics")
				close(stop)
				c.Close()
				<-stopped
			}
			s.stop()
			if !strings.Contains(s.lines.String(), "unhandled error in Deferred") {
				t.Errorf("the log:\n%s", s.lines.String())
			}
		})
	}
}

// shapes are what lines of the formats look like.
var shapes = map[string]*regexp.Regexp{
	"text":     regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} (info|warn) .*\n$`),
	"combined": regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} (info|warn) .*\n$`),
	"json":     regexp.MustCompile(`^\{"level":.*"msg":.*\}\n$`),
	"logfmt":   regexp.MustCompile(`^time=\S+ level=(info|warn) .*msg=.*\n$`),
	"classic":  regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[.*#(info|warn)\] .*\n$`),
	"twisted":  regexp.MustCompile("^\x1e\\{.*\"log_format\".*\\}\n$"),
}

func TestLogFormats(t *testing.T) {
	for _, format := range append([]string{""}, logFormats...) {
		t.Run(format, func(t *testing.T) {
			args := []string{"web", "--listen", "unix:" + filepath.Join(t.TempDir(), "s"), "--path", folder(t)}
			if format != "" {
				args = append(args, "--log-format", format)
			}
			s := start(t, 0, args...)
			s.said("service: listening")
			s.stop()
			shape := shapes[format]
			if format == "" {
				shape = shapes["json"] // it is no terminal
			}
			for line := range bytes.Lines(s.lines.Bytes()) {
				if !shape.Match(line) {
					t.Errorf("%q", line)
				}
			}
		})
	}
}

// TestTwistedReadsTheLog has Twisted's reader read what --log-format twisted writes.
func TestTwistedReadsTheLog(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import twisted.logger").Run(); err != nil {
		t.Skipf("no Twisted here (Debian: apt-get install python3-twisted): %v", err)
	}
	file := filepath.Join(t.TempDir(), "log")
	s := start(t, 0, "--log-file", file, "web", "--listen", "unix:"+filepath.Join(t.TempDir(), "s"), "--path", folder(t), "--log-format", "twisted")
	eventually(t, func() bool { return strings.Contains(content(file), "service: listening") })
	s.stop()
	out, err := exec.Command(python, "-c", `
import sys
from twisted.logger import eventsFromJSONLogFile, formatEvent
for e in eventsFromJSONLogFile(open(sys.argv[1])):
    print(e["log_level"].name, e["log_time"] > 0, formatEvent(e), e.get("service"))
`, file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "info True service: listening web\n") || !strings.Contains(string(out), "server shut down") {
		t.Errorf("%v: %s", err, out)
	}
}

func content(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}

// eventually waits until ok.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

// listens waits until somebody listens on the socket, whose file is there earlier.
func listens(t *testing.T, socket string) {
	t.Helper()
	eventually(t, func() bool {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// ask makes n requests.
func ask(t *testing.T, socket string, n int) {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	one := "GET /hello.txt HTTP/1.1\r\nHost: x\r\nUser-Agent: " + strings.Repeat("x", 400) + "\r\n\r\n"
	for i := range n {
		if _, err := io.WriteString(c, one); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		var answer []byte
		for !bytes.HasSuffix(answer, []byte("hello, world\n")) {
			b := make([]byte, 4096)
			m, err := c.Read(b)
			if answer = append(answer, b[:m]...); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
	}
}

// TestStalledReader: nobody reads the log, and the server answers nevertheless.
func TestStalledReader(t *testing.T) {
	for _, format := range []string{"json", "combined", "twisted"} {
		t.Run(format, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			cmd := exec.Command(os.Args[0], "--log-format", format, "web", "--listen", "unix:"+socket, "--path", folder(t))
			cmd.Env, cmd.Stdout = append(os.Environ(), "TWIST_TEST_COMMAND=1"), w
			if format != "combined" {
				cmd.Stderr = w
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			defer cmd.Wait()
			defer cmd.Process.Kill()
			listens(t, socket)
			ask(t, socket, 1000) // some 500 KiB of log: a pipe holds 64
			told := make(chan string)
			go func() { // ends with the process
				all, _ := io.ReadAll(r)
				told <- string(all)
			}()
			cmd.Process.Signal(os.Interrupt)
			if n := strings.Count(<-told, "xxxxx\""); n != 1000 { // the queue held them
				t.Errorf("%d requests in the log", n)
			}
		})
	}
}

// TestSystemLog reads what goes to a system log's socket.
func TestSystemLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	for want, o := range map[string]*logOptions{
		"<30>":             {syslog: true, prefix: "shop", facility: "daemon", socket: path},
		"SYSLOG_FACILITY=": {journald: true, prefix: "shop", facility: "local3", socket: path},
	} {
		l, err := o.open(app.LogSpec{Level: slog.LevelInfo})
		if err != nil {
			t.Fatal(err)
		}
		slog.New(l).Debug("nothing")
		slog.New(l).Info("hello", "n", 1)
		b := make([]byte, 4096)
		n, _, err := c.ReadFrom(b)
		if got := string(b[:n]); err != nil || !strings.Contains(got, want) || !strings.Contains(got, "shop") || !strings.Contains(got, "hello") {
			t.Errorf("%q, %v", got, err)
		}
		if l.Rotate() != nil || l.Reopen() != nil || l.Close() != nil {
			t.Error("a call failed")
		}
	}
}

func TestLogMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"--syslog --journald web":            "--syslog",
		"--prefix x web":                     "--prefix: is for --syslog",
		"--facility mail web":                "--facility: is for",
		"--facility none --syslog web":       "--facility",
		"--syslog --log-file x web":          "--log-file: is for files",
		"web --journald --log-format json":   "--log-format: is for files",
		"web --log-level loud":               "--log-level",
		"--log-file /nonexistent/folder web": "no such file",
	} {
		var out bytes.Buffer
		code := Main(t.Context(), strings.Fields(args), &out, &out)
		if wantCode := map[bool]int{true: 74, false: 64}[strings.Contains(args, "nonexistent")]; code != wantCode || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit status %d: %s", args, code, &out)
		}
	}
}

// TestColor: on a terminal the log is text in colours, unless NO_COLOR is set.
func TestColor(t *testing.T) {
	program, err := exec.LookPath("script")
	if err != nil {
		t.Skip("script is missing")
	}
	for value, want := range map[string]bool{"": true, "1": false} {
		cmd := exec.Command(program, "-qec", fmt.Sprintf("%s web --listen unix:/nonexistent/s --path /", os.Args[0]), os.DevNull)
		cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1", "TERM=xterm", "NO_COLOR="+value)
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), "the program failed") || strings.Contains(string(out), "\x1b[") != want {
			t.Errorf("NO_COLOR=%q: %q", value, out)
		}
	}
}
