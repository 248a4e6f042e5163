// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A loader asks for files over one connection after another until the server is gone.
type loader struct {
	address string
	sizes   map[string]int64
	ready   func() // is called once, after some answers
	answers int
}

// run returns an error for an answer that was cut off or wrong. Not to be answered is no error: that is how a server goes away.
func (l *loader) run() error {
	for {
		c, err := net.Dial("tcp", l.address)
		if err != nil {
			return nil
		}
		err = l.talk(c)
		c.Close()
		if err != nil {
			return err
		}
	}
}

// talk asks until the server ends the connection. One connection has ten requests.
func (l *loader) talk(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	for range 10 {
		for path, size := range l.sizes {
			if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
				return nil
			}
			if _, err := r.Peek(1); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					return err
				}
				return nil
			}
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				return fmt.Errorf("the header of answer %d: %w", l.answers, err)
			}
			n, err := io.Copy(io.Discard, resp.Body)
			if err != nil || n != size || resp.StatusCode != 200 {
				return fmt.Errorf("answer %d: status %d, %d of %d bytes of %s, %w", l.answers, resp.StatusCode, n, size, path, err)
			}
			if l.answers++; l.answers == 20 {
				l.ready()
			}
			if resp.Close {
				return nil
			}
		}
	}
	return nil
}

// TestTermUnderLoad: a server with many clients that is told to stop stops, and finishes each answer that it has begun.
func TestTermUnderLoad(t *testing.T) {
	for _, loops := range []string{"1", "4"} {
		t.Run("loops "+loops, func(t *testing.T) {
			s := start(t, 1, "web", "--listen", "tcp:0:interface=127.0.0.1:backlog=200:loops="+loops, "--loops", loops, "--path", folder(t), "--log-format", "json", "--grace", "60s")
			drained := make(chan struct{}) // the log is read all the time, or the server would have to wait for its reader
			var stopping sync.WaitGroup
			const clients = 32
			results := make(chan error, clients)
			stopping.Add(clients)
			for range clients {
				l := &loader{address: s.addresses[0], sizes: map[string]int64{"/hello.txt": 13, "/big.bin": 1 << 20}, ready: stopping.Done}
				go func() { results <- l.run() }() // ends with the server
			}
			go func() { // ends with the server
				defer close(drained)
				for s.log.Scan() {
					s.lines.Write(s.log.Bytes())
					s.lines.WriteByte('\n')
				}
			}()
			stopping.Wait()
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			for range clients {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
			<-drained
			s.cmd.Wait()
			if code := s.status(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if log := s.lines.String(); !strings.Contains(log, `"msg":"service: stopped"`) || strings.Contains(log, "cut off") {
				var said []string // but the requests
				for line := range strings.Lines(log) {
					if !strings.Contains(line, `"msg":"request"`) {
						said = append(said, line)
					}
				}
				t.Errorf("the log says %q", said)
			}
		})
	}
}

// TestTermWithoutReaders: clients that do not read delay the end by no more than the grace, and the log tells that they were cut off.
func TestTermWithoutReaders(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, 24<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, 1, "web", "--listen", "tcp:0:interface=127.0.0.1", "--path", dir, "--log-format", "json", "--grace", "100ms")
	for range 10 {
		c, err := net.Dial("tcp", s.addresses[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(c, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil { // the answer has begun
			t.Fatal(err)
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if log := s.lines.String(); !strings.Contains(log, "requests were cut off") || !strings.Contains(log, `"msg":"service: stopped"`) {
		t.Errorf("the log:\n%s", log)
	}
}

// TestLogsCannotBeForged (class 61): whatever a client sends, the logs have one line for each request, and nothing in them that a terminal would obey.
func TestLogsCannotBeForged(t *testing.T) {
	requests := []string{
		"GET /\x1b[31mred HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\r127.0.0.1 - - forged HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\nlevel=ERROR msg=forged HTTP/1.1\r\nHost: x\r\n\r\n",
		"G\x1b[2JT / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: \x1b]0;title\x07\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x1b[2J\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a\" 200 5 \"forged\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a\rforged\nforged\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nReferer: \x9b2J\xc2\x9b2J\xe2\x80\xae\t\r\nConnection: close\r\n\r\n",
		"GET /%1b%5b2J%0d%0aforged%00%c2%9b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET /\xc2\x9b2J HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x1b[2J\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	}
	for _, format := range []string{"combined", "text", "json"} {
		t.Run(format, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			s := start(t, 0, "web", "--listen", "unix:"+socket, "--path", folder(t), "--log-format", format)
			s.said("service: listening")
			for _, request := range requests {
				c, err := net.Dial("unix", socket)
				if err != nil {
					t.Fatal(err)
				}
				c.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(c, request)
				c.(*net.UnixConn).CloseWrite()
				io.Copy(io.Discard, c)
				c.Close()
			}
			if code := s.stop(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			log, shape := s.lines.Bytes(), shapes[format]
			switch format {
			case "combined":
				log, shape = s.stdout.Bytes(), regexp.MustCompile(`^- - - \[.*\n$`)
			}
			lines := 0
			for line := range bytes.Lines(log) {
				if !shape.Match(line) {
					t.Errorf("a line of the client's making: %q", line)
				}
				if format == "combined" || bytes.Contains(line, []byte("remote")) {
					lines++
				}
			}
			if lines == 0 || lines > len(requests) {
				t.Errorf("%d lines for %d requests:\n%s", lines, len(requests), log)
			}
			for i, c := range log {
				if c < ' ' && c != '\n' || c == 0x7f || format == "combined" && c > 0x7f {
					t.Fatalf("octet %#x in the log: %q", c, log[max(i-40, 0):i+1])
				}
			}
			if bytes.Contains(log, []byte("\u009b")) || bytes.Contains(log, []byte("\u202e")) || bytes.Contains(log, []byte{' ', 0x9b}) {
				if format != "json" { // which is for programs, and whose strings may hold them
					t.Error("a control character beyond ASCII in the log")
				}
			}
		})
	}
}

// TestSocketActivation has systemd's own tool listen, and start twist with the socket when a client comes.
func TestSocketActivation(t *testing.T) {
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Skip("systemd-socket-activate is missing")
	}
	dir := folder(t)
	for name, listen := range map[string]string{"TCP by index": "systemd:index=0", "TCP by name": "systemd:name=web", "UNIX": "systemd:domain=UNIX:name=web"} {
		t.Run(name, func(t *testing.T) {
			address := freeAddress(t)
			to := []string{"http://" + address + "/hello.txt"}
			if name == "UNIX" {
				address = filepath.Join(t.TempDir(), "s")
				to = []string{"--unix-socket", address, "http://localhost/hello.txt"}
			}
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(activate, "-l", address, "--fdname=web", "-E", "TWIST_TEST_COMMAND=1", exe, "--log-file", "+", "web", "--listen", listen, "--path", dir, "--log-format", "json")
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				cmd.Process.Kill()
				cmd.Wait()
			})
			s := &server{t: t, cmd: cmd, log: bufio.NewScanner(stderr)}
			for s.log.Scan() && !strings.Contains(s.log.Text(), "Listening on") {
				s.lines.WriteString(s.log.Text() + "\n")
			}
			for range 2 { // the first starts it
				if got := curl(t, to...); got != "hello, world\n" {
					t.Errorf("got %q", got)
				}
			}
			if code := s.stop(); code != 0 { // the same process is twist now
				t.Errorf("exit status %d:\n%s", code, s.lines.String())
			}
			if !strings.Contains(s.lines.String(), `"msg":"service: stopped"`) {
				t.Errorf("the log:\n%s", s.lines.String())
			}
		})
	}
}

// freeAddress returns one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
