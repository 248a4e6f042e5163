// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
)

func config(t *testing.T, c Config) *Config {
	t.Helper()
	c.AppName, c.Hostname, c.ProcID = "app", "host", "7"
	c, err := c.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

var at = time.Date(2024, 2, 9, 13, 4, 5, 678000, time.UTC)

func TestMessages(t *testing.T) {
	defer func(l *time.Location) { time.Local = l }(time.Local)
	time.Local = time.UTC
	local0 := Local0
	udp := Config{Network: "udp", Address: "x:1", Facility: &local0}
	old := udp
	old.Format = RFC3164
	full := logger.Event{Time: at, Level: logger.Critical, Namespace: "app.web", Format: "Hello {who}", Failure: errors.New("boom"),
		Fields: []slog.Attr{slog.String("who", "bob \"]\\"), slog.Group("g", "a b", 1)}}
	tests := []struct {
		name string
		c    Config
		e    logger.Event
		want string
	}{
		{"5424", udp, full, `<130>1 2024-02-09T13:04:05.000678Z host app 7 app.web [fields@32473 namespace="app.web" error="boom" who="bob \"\]\\" g.a_b="1"] Hello bob "]\`},
		{"5424 bare", udp, logger.Event{Level: logger.Debug, Format: "x"}, "<135>1 - host app 7 - - x"},
		{"3164", old, full, `<130>Feb  9 13:04:05 host app[7]: Hello bob "]\ namespace=app.web error=boom who="bob \"]\\" g.a_b=1`},
		{"local", Config{}, logger.Event{Time: at, Level: logger.Warn, Format: "x"}, "<12>Feb  9 13:04:05 app[7]: x"},
		{"class 61", udp, logger.Event{Level: logger.Info, Format: "a\n<0>b\x1b", Fields: []slog.Attr{slog.String("k\n=", "v\r")}}, `<134>1 - host app 7 - [fields@32473 k__="v\\r"] a\n<0>b\x1b`},
		{"odd namespace", udp, logger.Event{Level: logger.Error, Namespace: "a b", Format: "x"}, `<131>1 - host app 7 a_b [fields@32473 namespace="a b"] x`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config(t, tt.c)
			if got := string(c.message(nil, &tt.e, c.MaxSize)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestBound is the bound on a message, of whatever it is that is long.
func TestBound(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	var many []slog.Attr
	for range 5000 {
		many = append(many, slog.Int("key", 1))
	}
	for name, e := range map[string]logger.Event{
		"message": {Format: long}, "namespace": {Namespace: long}, "value": {Format: "short", Fields: []slog.Attr{slog.String("k", long)}}, "key": {Fields: []slog.Attr{slog.Int(long, 1)}},
		"many": {Format: long, Fields: many}, "stack": {Stack: long, Failure: errors.New(long)}, "system": {System: long},
	} {
		for _, c := range []Config{{Network: "udp", Address: "x:1"}, {}, {Format: RFC5424, MaxSize: 1}} {
			c := config(t, c)
			got := c.message(nil, &e, c.MaxSize)
			if len(got) > c.MaxSize || !utf8.Valid(got) {
				t.Errorf("%s: %d octets, want %d at most", name, len(got), c.MaxSize)
			}
			if c.Format == RFC5424 && strings.Count(string(got), "[") != strings.Count(string(got), "]") {
				t.Errorf("%s: structured data without an end: %s", name, got[len(got)-100:])
			}
			if e.Format == "short" && c.Format == RFC5424 && !strings.HasSuffix(string(got), "] short") && !strings.HasSuffix(string(got), "- short") {
				t.Errorf("%s: the message did not find room: %s", name, got[len(got)-100:])
			}
			if got := c.entry(nil, &e, c.MaxSize); len(got) > c.MaxSize {
				t.Errorf("%s: entry of %d octets", name, len(got))
			}
		}
	}
}

func TestConfig(t *testing.T) {
	bad := Facility(24)
	for name, c := range map[string]Config{"network": {Network: "ipx", Address: "x"}, "address": {Network: "tcp"}, "facility": {Facility: &bad}} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestJournalEntry(t *testing.T) {
	c := config(t, Config{})
	e := logger.Event{Level: logger.Error, Namespace: "n", Format: "one\ntwo", Failure: errors.New("boom"), Fields: []slog.Attr{slog.Group("peer", "ip", "::1"), slog.Int("_x", 1), slog.Int("9", 2), slog.Int("message", 3)}}
	want := "PRIORITY=3\nSYSLOG_FACILITY=1\nSYSLOG_IDENTIFIER=app\nMESSAGE\n\x07\x00\x00\x00\x00\x00\x00\x00one\ntwo\nNAMESPACE=n\nERROR=boom\nPEER_IP=::1\nF_X=1\nF9=2\nF_MESSAGE=3\n"
	if got := string(c.entry(nil, &e, 4096)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
