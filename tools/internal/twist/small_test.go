// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// exchange sends a text and returns up to n bytes of the answer.
func exchange(t *testing.T, network, address, text string, n int64) string {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, text)
	if network == "udp" {
		b := make([]byte, n)
		m, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:m])
	}
	b, err := io.ReadAll(io.LimitReader(c, n))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWire(t *testing.T) {
	for name, ok := range map[string]func(answer string) bool{
		"chargen": func(a string) bool { return len(a) == 500 && strings.Contains(a, "ABCDEFG") },
		"daytime": func(a string) bool { return strings.Contains(a, ":") },
		"echo":    func(a string) bool { return a == "hello" },
		"qotd":    func(a string) bool { return strings.HasPrefix(a, "a quote") },
		"time":    func(a string) bool { return len(a) == 4 },
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"wire", name, "--listen", "limit:conns=3:tcp:0:interface=127.0.0.1", "--udp", "127.0.0.1:0", "--log-format", "json"}
			if name == "qotd" {
				args = append(args, "--quote", "a quote")
			}
			s := start(t, 2, args...)
			text, limit := "", int64(500)
			if name == "echo" { // the others read nothing before they close, which would be a reset
				text, limit = "hello", 5
			}
			if got := exchange(t, "tcp", s.addresses[0], text, limit); !ok(got) {
				t.Errorf("TCP: %q", got)
			}
			if got := exchange(t, "udp", s.addresses[1], "hello", 500); name != "chargen" && !ok(got) {
				t.Errorf("UDP: %q", got)
			}
			if code := s.stop(); code != 0 {
				t.Errorf("exit status %d:\n%s", code, s.lines.String())
			}
			if !strings.Contains(s.lines.String(), `"service":"`+name+`-udp"`) {
				t.Errorf("the log does not tell the service:\n%s", s.lines.String())
			}
		})
	}
}

func TestFinger(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# users\nalice: Alice\\nAway.\n\nbob:Bob\x1b[2J\n")
	s := start(t, 1, "finger", "--listen", "tcp:0:interface=127.0.0.1", "--users", file, "--list", "--log-format", "json")
	for query, want := range map[string]string{
		"alice":     "Login: alice\r\nName: Alice\r\nAway.\r\n",
		"nobody":    "Login: nobody\r\nNo such user\r\n",
		"":          "alice\r\nbob\r\n",
		"alice@far": "denied",
	} {
		if got := exchange(t, "tcp", s.addresses[0], query+"\r\n", 1000); !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	if got := exchange(t, "tcp", s.addresses[0], "bob\r\n", 1000); strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	reload(t, s)
	write("carol:Carol\n")
	reload(t, s)
	if got := exchange(t, "tcp", s.addresses[0], "carol\r\n", 1000); !strings.Contains(got, "Name: Carol") {
		t.Errorf("after a reload: %q", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}

func TestFingerAccounts(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, 1, "finger", "--listen", "tcp:0:interface=127.0.0.1", "--accounts", "--log-format", "json")
	for query, want := range map[string]string{me.Username: "Name: ", "no such name": "No such user", "": "denied"} {
		if got := exchange(t, "tcp", s.addresses[0], query+"\r\n", 1000); !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("%q: %q", query, got)
		}
	}
	s.stop()
}

func TestProcmon(t *testing.T) {
	s := start(t, 0, "procmon", "--log-format", "json", "-t", "100", "-m", "10ms", "-M", "20ms", "--program", "other=echo from the shell; exec sleep 1000", "--", "sh", "-c", "echo hello $0; exit 3", "x")
	seen := map[string]int{}
	for seen["sh: hello x"] < 3 || seen["other: from the shell"] < 1 {
		if !s.log.Scan() {
			t.Fatalf("the log ended:\n%s", s.lines.String())
		}
		s.lines.WriteString(s.log.Text() + "\n")
		for _, name := range []string{"sh", "other"} {
			for _, text := range []string{"hello x", "from the shell"} {
				if strings.Contains(s.log.Text(), text) && strings.Contains(s.log.Text(), `"program":"`+name+`"`) {
					seen[name+": "+text]++
				}
			}
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}

func TestPluginMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte("alice Alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"portforward", 64, "--to: where"},
		{"portforward --to tcp:h:1 --host x", 64, "--to: takes the place"},
		{"portforward --to bogus:1", 1, "--to: "},
		{"portforward --to tcp:h:1 --max-connections -1", 64, "MaxConnections"},
		{"portforward --to tcp:h:1 --proxy-header v3", 64, "--proxy-header"},
		{"portforward --to tcp:h:1 --listen process:/bin/cat", 1, "--listen: "},
		{"portforward --to tcp:h:1 --listen limit:conns=x:tcp:1", 1, "--listen: "},
		{"portforward --to tcp:h:1 --port 99999", 1, "--listen: "},
		{"procmon", 64, "which program?"},
		{"procmon --program x", 64, "NAME=COMMAND"},
		{"procmon --program a=x --program a=y", 64, "--program: a: "},
		{"procmon -m 10 -M 5 -- sh", 64, "--min-restart-delay"},
		{"procmon -k 0 -- sh", 64, "--kill-time"},
		{"procmon -- /no/such/program", 1, "/no/such/program"},
		{"wire", 64, "SERVICE is missing"},
		{"wire netstat", 64, `"netstat" is not chargen`},
		{"wire time --quote x", 64, "--quote: is for qotd"},
		{"wire time --listen tcp:0:interface=127.0.0.1 --udp nowhere", 1, "--udp: "},
		{"wire time --udp-allow 10", 64, "--udp-allow"},
		{"finger", 64, "tell of whom?"},
		{"finger --accounts --list", 64, "--list: is for --users"},
		{"finger --users /nonexistent", 1, "--users: "},
		{"finger --users " + file, 1, file + ":1: not NAME:TEXT"},
	} {
		var out bytes.Buffer
		if code := Main(t.Context(), strings.Fields(tt.args), &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: exit status %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, &out)
		}
	}
}
