// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// upstream is a server that sends each line back, with what came before it: it ends after one.
func upstream(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with l
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the connection
				defer c.Close()
				r := bufio.NewReader(c)
				var all string
				for !strings.HasSuffix(all, "end\n") {
					line, err := r.ReadString('\n')
					if all += line; err != nil {
						return
					}
				}
				io.WriteString(c, all)
			}()
		}
	}()
	return l.Addr().String()
}

// talk sends a line and returns the answer.
func talk(t *testing.T, address string) (answer, own string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "hello end\n")
	b, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	return string(b), c.LocalAddr().String()
}

func TestPortforward(t *testing.T) {
	to := upstream(t)
	_, port, _ := net.SplitHostPort(to)
	const here = "tcp:0:interface=127.0.0.1"
	for _, tt := range []struct {
		name string
		args string
		want string // with the client's address for %s
	}{
		{"to", "--listen " + here + " --to tcp:127.0.0.1:" + port, "hello end\n"},
		{"twistd's names", "-p " + here + " --host 127.0.0.1 --dest_port " + port, "hello end\n"},
		{"PROXY v1", "-l " + here + " -t tcp:127.0.0.1:" + port + " --proxy-header v1", "PROXY TCP4 127.0.0.1 127.0.0.1 %s\r\nhello end\n"},
		{"loops", "--loops 2 -l " + here + ":loops=2 -t tcp:127.0.0.1:" + port, "hello end\n"},
		{"limits", "-l limit:conns=9:idle=60s:" + here + " -t tcp:127.0.0.1:" + port + " --max-connections 5 --idle 1m", "hello end\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, 1, append([]string{"portforward", "--log-format", "json"}, strings.Fields(tt.args)...)...)
			got, own := talk(t, s.addresses[0])
			want := tt.want
			if strings.Contains(want, "%s") {
				_, from, _ := net.SplitHostPort(own)
				_, at, _ := net.SplitHostPort(s.addresses[0])
				want = fmt.Sprintf(want, from+" "+at)
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			line := s.next("portforward: connection")
			if line["peer"] != own || line["in"] != float64(len("hello end\n")) {
				t.Errorf("the line is %v", line)
			}
			if code := s.stop(); code != 0 {
				t.Errorf("exit status %d:\n%s", code, s.lines.String())
			}
		})
	}
}

// TestPortforwardStops: connections may go on for the grace.
func TestPortforwardStops(t *testing.T) {
	s := start(t, 1, "portforward", "--listen", "tcp:0:interface=127.0.0.1", "--to", "process:/bin/cat", "--log-format", "json", "--grace", "100ms", "--no-access-log")
	c, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "x")
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil { // cat sends it back
		t.Fatal(err)
	}
	if code := s.stop(); code != 0 || !strings.Contains(s.lines.String(), "connections were cut off") || strings.Contains(s.lines.String(), "portforward: connection") {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on")
	}
}

// TestPortforwardBehindHAProxy: the PROXY header of a real haproxy is read, and written again for the server behind.
func TestPortforwardBehindHAProxy(t *testing.T) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is missing")
	}
	to := upstream(t)
	_, port, _ := net.SplitHostPort(to)
	s := start(t, 1, "portforward", "--listen", "haproxy:tcp:0:interface=127.0.0.1", "--to", "tcp:127.0.0.1:"+port, "--proxy-header", "v1", "--log-format", "json")
	front := freeAddress(t)
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 60s\n  timeout server 60s\nlisten x\n  bind " + front + "\n  server a " + s.addresses[0] + " send-proxy-v2\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-db", "-f", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	eventually(t, func() bool {
		c, err := net.Dial("tcp", front)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	got, own := talk(t, front)
	_, from, _ := net.SplitHostPort(own)
	_, at, _ := net.SplitHostPort(front)
	if want := fmt.Sprintf("PROXY TCP4 127.0.0.1 127.0.0.1 %s %s\r\nhello end\n", from, at); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for line := s.next("portforward: connection"); line["peer"] != own; line = s.next("portforward: connection") {
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}
