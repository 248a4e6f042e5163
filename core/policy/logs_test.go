// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Control characters are escaped in the files, however they come (class 61).
func TestTrafficLog(t *testing.T) {
	for name, tt := range map[string]struct {
		log  *policy.TrafficLog
		want string
	}{
		"plain":  {&policy.TrafficLog{}, "C \"hel\\x1b[lo\\r\\n\"\nS \"world\"\n"},
		"hex":    {&policy.TrafficLog{Hex: true}, "C 68656c1b5b6c6f0d0a\nS 776f726c64\n"},
		"short":  {&policy.TrafficLog{MaxPiece: 3}, "C \"hel\" (9 bytes)\nS \"wor\" (5 bytes)\n"},
		"client": {&policy.TrafficLog{Client: true, Hex: true, MaxPiece: 1}, "S 68 (9 bytes)\nC 77 (5 bytes)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			log := tt.log
			log.Prefix = filepath.Join(t.TempDir(), "traffic")
			var made []*probe
			clock := protocoltest.NewClock()
			f := log.Wrap(probes(&made))
			first := open(t, f, clock, addr("10.0.0.1:1"))
			second := open(t, f, clock, addr("10.0.0.2:2"))
			first.FeedString("hel\x1b[lo\r\n")
			made[0].t.WriteSequence([][]byte{[]byte("world"), nil})
			first.FeedEOF()
			second.FeedString("!")
			clock.Pump(0, 0)
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
			second.FeedString("after the end") // is not written, and harms nobody
			got := read(t, log.Prefix+"-1")
			if !strings.HasPrefix(got, "* connection of 10.0.0.1:12345 with 10.0.0.1:1, 20") || !strings.Contains(got, "* connection lost: ") {
				t.Errorf("no begin or no end: %s", got)
			}
			if got = regexp.MustCompile(`(?m)^\*.*\n`).ReplaceAllString(got, ""); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			if got := read(t, log.Prefix+"-2"); strings.Count(got, "\n") != 2 {
				t.Errorf("of the second: %s", got)
			}
			if info, err := os.Stat(log.Prefix + "-1"); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" { // which has access lists
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

// read returns a file without the times of its lines.
func read(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^(.) \d+\.\d{6} `).ReplaceAllString(string(b), "$1 ")
}

// What the queue has no room for is left out, and a line tells so.
func TestTrafficLogIsBounded(t *testing.T) {
	log := &policy.TrafficLog{Prefix: filepath.Join(t.TempDir(), "traffic"), MaxQueued: 300}
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, log.Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
	s.FeedString(strings.Repeat("x", 1000)) // never fits
	s.FeedEOF()
	clock.Pump(0, 0)
	log.Close()
	if got := read(t, log.Prefix+"-1"); strings.Contains(got, "xxx") || !strings.Contains(got, "* 1002 bytes of this log were left out") {
		t.Error(got)
	}
}

// While the disk hangs nothing grows, however many connections come and go (class 62).
func TestTrafficLogWhileTheDiskHangs(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "traffic")
	log := &policy.TrafficLog{Prefix: prefix, MaxQueued: 500}
	if err := mkfifo(prefix + "-1"); err != nil {
		t.Skip("a file that hangs is a named pipe: ", err)
	}
	var made []*probe
	clock := protocoltest.NewClock()
	f := log.Wrap(probes(&made))
	for range 1000 {
		open(t, f, clock, addr("10.0.0.1:1")).FeedEOF()
		clock.Pump(0, 0)
	}
	r, err := os.Open(prefix + "-1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	log.Close()
	if files, _ := filepath.Glob(prefix + "-*"); len(files) > 20 {
		t.Errorf("lines of %d connections were queued", len(files))
	}
}

// A file that cannot be written is complained of, and the connection goes on.
func TestTrafficLogWithoutAFolder(t *testing.T) {
	var out bytes.Buffer
	log := &policy.TrafficLog{Prefix: filepath.Join(t.TempDir(), "missing", "traffic"), Logger: slog.New(slog.NewTextHandler(&out, nil))}
	var made []*probe
	s := open(t, log.Wrap(probes(&made)), protocoltest.NewClock(), addr("10.0.0.1:1"))
	s.FeedString("hello")
	log.Close()
	if made[0].received != "hello" || strings.Count(out.String(), "traffic log") != 1 {
		t.Errorf("%q, %s", made[0].received, out.String())
	}
}

func TestSpew(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
		var made []*probe
		clock := protocoltest.NewClock()
		s := open(t, policy.Spew(log, 4)(probes(&made)), clock, addr("10.0.0.1:1"))
		s.FeedString("ab\ncdef")
		made[0].t.Write([]byte("yes"))
		s.FeedEOF()
		clock.Pump(0, 0)
		got := out.String()
		if level == slog.LevelInfo {
			if got != "" {
				t.Errorf("above the level of debugging: %s", got)
			}
			continue
		}
		for _, want := range []string{"connection made", `ab\\nc`, "bytes=7", "policy: sent", "yes", "connection lost", "peer=10.0.0.1:1"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	}
}

// A hook can refuse a connection: then the protocol hears of nothing.
func TestHookRefuses(t *testing.T) {
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, policy.Wrap(func(net.Addr) policy.Hook { return refusing{} })(probes(&made)), clock, addr("10.0.0.1:1"))
	clock.Pump(0, 0)
	if !s.Aborted() || made[0].t != nil || made[0].ended {
		t.Errorf("aborted %v, protocol %+v", s.Aborted(), made[0])
	}
	if f := policy.Wrap(func(net.Addr) policy.Hook { return nil })(factoryOf(made[0])); build(t, f, nil) != protocol.Protocol(made[0]) {
		t.Error("a connection without a hook is wrapped")
	}
}

type refusing struct{ policy.NoHook }

func (refusing) Made(protocol.Transport) error { return errors.New("no") }

func TestConnections(t *testing.T) {
	var set policy.Connections
	var made []*probe
	f, clock := set.Wrap(probes(&made)), protocoltest.NewClock()
	a, b := open(t, f, clock, addr("10.0.0.1:1")), open(t, f, clock, addr("10.0.0.2:1"))
	if set.Len() != 2 {
		t.Errorf("%d connections", set.Len())
	}
	set.Each(func(t protocol.Transport) { t.Write([]byte("bye")) })
	a.Lose(protocol.Aborted())
	clock.Pump(0, 0)
	if set.Len() != 1 || b.Value() != "bye" {
		t.Errorf("%d connections, told %q", set.Len(), b.Value())
	}
	set.Each(func(t protocol.Transport) { t.LoseConnection() })
	if clock.Pump(0, 0); set.Len() != 0 || !b.Disconnected() {
		t.Errorf("%d connections after closing all", set.Len())
	}
}
