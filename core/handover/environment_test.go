// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
)

func nobody(*will) bool { return false }

// A path need not be UTF-8, and an abstract one has a NUL byte.
func TestAddressesKeepTheirBytes(t *testing.T) {
	const path = "\x00a\xff\n\"é"
	l, err := arrange([]reactor.Socket{{Network: "unix", Address: path, FD: 40}}, nil, nil, 50, 51, 9)
	if err != nil {
		t.Fatal(err)
	}
	env, err := l.environment(nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := parseWill(strings.TrimPrefix(env[0], EnvHandover+"="), 9, nobody)
	if err != nil || string(w.Sockets[0].Address) != path {
		t.Errorf("%q, %v", w.Sockets[0].Address, err)
	}
}

func TestArrange(t *testing.T) {
	sockets := []reactor.Socket{
		{Network: "tcp", Address: "127.0.0.1:0", Port: 1, FD: 40},
		{Network: "fd", Address: "4", Port: 2, FD: 41},
		{Network: "tcp", Address: "127.0.0.1:0", Port: 3, FD: 42},
		{Network: "fd", Address: "7", Port: 4, FD: 43},
		{Network: "fd", Address: "7", Port: 5, FD: 44},
		{Network: "fd", Address: "0", Port: 6, FD: 45},
		{Network: "udp", Address: "127.0.0.1:53", Port: 7, FD: 46},
	}
	systemd := []inheritedFD{{"web", false}, {"mail", true}, {"", true}}
	l, err := arrange(sockets, systemd, nil, 50, 51, 1234)
	if err != nil {
		t.Fatal(err)
	}
	// 3 was never taken, 4 was and is listened on, 5 was and is closed; 7 is as it was, and the pipe and the others have the room that is left.
	if want := []int{0, 1, 2, 3, 41, 51, 50, 44, 40, 42, 46}; !slices.Equal(l.files, want) {
		t.Errorf("descriptors %v, want %v", l.files, want)
	}
	want := `{"predecessor":1234,"ready":6,"pipe":"","listenFDs":["web","mail",""],"sockets":[` +
		`{"network":"fd","address":"\"4\"","port":2,"fd":4},{"network":"fd","address":"\"7\"","port":4,"fd":7},` +
		`{"network":"tcp","address":"\"127.0.0.1:0\"","port":1,"fd":8},{"network":"tcp","address":"\"127.0.0.1:0\"","port":3,"fd":9},{"network":"udp","address":"\"127.0.0.1:53\"","port":7,"fd":10}]}`
	env, err := l.environment([]string{"A=1", "LISTEN_PID=5", "LISTEN_FDS=3", "LISTEN_FDNAMES=x", EnvHandover + "=old", "WATCHDOG_PID=1234", "WATCHDOG_USEC=7", "B=WATCHDOG_PID=1234"})
	if err != nil || !slices.Equal(env, []string{"A=1", "WATCHDOG_USEC=7", "B=WATCHDOG_PID=1234", EnvHandover + "=" + want}) {
		t.Errorf("%v, %v", env, err)
	}
	w, err := parseWill(want, 1234, nobody)
	if err != nil || w == nil || fmt.Sprint(*w) != fmt.Sprint(l.will) {
		t.Errorf("read again: %v, %v", w, err)
	}
}

func TestArrangeWithNothing(t *testing.T) {
	l, err := arrange(nil, nil, nil, 50, 51, 1)
	if err != nil || !slices.Equal(l.files, []int{0, 1, 2, 50}) || l.will.Ready != 3 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, number := range []string{"65537", "x"} {
		if _, err := arrange([]reactor.Socket{{Network: "fd", Address: number}}, nil, nil, 50, 51, 1); err == nil {
			t.Errorf("descriptor %s was taken", number)
		}
	}
}

func TestParseWill(t *testing.T) {
	tests := []struct {
		name, text, err string
		none            bool
	}{
		{"good", `{"predecessor":9,"ready":3,"sockets":[{"network":"tcp","address":"\"a\"","port":1,"fd":4}]}`, "", false},
		{"no sockets", `{"predecessor":9,"ready":3,"sockets":null}`, "", false},
		{"for another process", `{"predecessor":8,"ready":3}`, "", true},
		{"no JSON", `3`, "cannot unmarshal", false},
		{"cut off", `{"predecessor":9,`, "unexpected end", false},
		{"a standard descriptor", `{"predecessor":9,"ready":1}`, "descriptor 1", false},
		{"twice", `{"predecessor":9,"ready":3,"sockets":[{"network":"tcp","fd":3}]}`, "twice", false},
		{"out of range", `{"predecessor":9,"ready":3,"sockets":[{"network":"tcp","fd":70000}]}`, "out of range", false},
		{"a pipe among those of systemd", `{"predecessor":9,"ready":3,"listenFDs":["a"]}`, "of systemd", false},
		{"a socket among those of systemd", `{"predecessor":9,"ready":7,"listenFDs":["a","b"],"sockets":[{"network":"tcp","fd":4}]}`, "of systemd", false},
		{"a bad address", `{"predecessor":9,"ready":3,"sockets":[{"network":"tcp","address":"x","fd":4}]}`, "invalid syntax", false},
		{"null for an address", `{"predecessor":9,"ready":3,"sockets":[{"network":"tcp","address":null,"fd":4}]}`, "invalid syntax", false},
		{"network", `{"predecessor":9,"ready":3,"sockets":[{"network":"icmp","fd":4}]}`, "icmp", false},
	}
	for _, tt := range tests {
		w, err := parseWill(tt.text, 9, nobody)
		switch {
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v", tt.name, err)
		case tt.err == "" && (err != nil || (w == nil) != tt.none):
			t.Errorf("%s: %v, %v", tt.name, w, err)
		}
	}
}

func FuzzParseWill(f *testing.F) {
	f.Add(`{"predecessor":9,"ready":3,"listenFDs":["a"],"sockets":[{"network":"tcp","address":"\"a\"","port":1,"fd":4}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		w, err := parseWill(text, 9, nobody)
		if w == nil || err != nil {
			return
		}
		again, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		if w2, err := parseWill(string(again), 9, nobody); err != nil || fmt.Sprint(*w2) != fmt.Sprint(*w) {
			t.Errorf("%v became %v, %v", w, w2, err)
		}
	})
}
