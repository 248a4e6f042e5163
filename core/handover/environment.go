// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/reactor"
)

// EnvHandover is the environment variable that tells a successor what it inherits.
const EnvHandover = "TORSION_HANDOVER"

// firstFD is the first descriptor after the standard ones.
const firstFD = 3

// maxFD bounds the numbers of descriptors that are passed on.
const maxFD = 1 << 16

// A will is what EnvHandover says.
type will struct {
	Predecessor int            `json:"predecessor"`
	Ready       int            `json:"ready"` // the pipe
	Pipe        string         `json:"pipe"`  // which pipe that is
	ListenFDs   []string       `json:"listenFDs,omitempty"`
	Sockets     []bequest      `json:"sockets"`
	Files       map[string]int `json:"files,omitempty"`
}

type bequest struct {
	Network string `json:"network"`
	Address quoted `json:"address"`
	Port    uint64 `json:"port"`
	FD      int    `json:"fd"`
}

// A quoted string goes through JSON with all its bytes: a path need not be UTF-8.
type quoted string

func (q quoted) MarshalJSON() ([]byte, error) { return json.Marshal(strconv.QuoteToASCII(string(q))) }

func (q *quoted) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	address, err := strconv.Unquote(text)
	*q = quoted(address)
	return err
}

// parseWill reads the variable. It returns nil for what was meant for another process: what the parent has not written, unless orphan tells that whoever wrote it was the
// parent, and is gone.
func parseWill(text string, parent int, orphan func(*will) bool) (*will, error) {
	var w will
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return nil, fmt.Errorf("handover: read %s: %w", EnvHandover, err)
	}
	if w.Predecessor != parent && !orphan(&w) {
		return nil, nil
	}
	seen := map[int]bool{}
	check := func(fd int) error {
		if fd < firstFD || fd > maxFD || seen[fd] {
			return fmt.Errorf("handover: read %s: descriptor %d is out of range or named twice", EnvHandover, fd)
		}
		seen[fd] = true
		return nil
	}
	if len(w.ListenFDs) > maxFD {
		return nil, fmt.Errorf("handover: read %s: %d sockets of systemd", EnvHandover, len(w.ListenFDs))
	}
	if err := check(w.Ready); err != nil {
		return nil, err
	}
	systemd := firstFD + len(w.ListenFDs)
	for _, fd := range w.Files {
		if err := check(fd); err != nil {
			return nil, err
		}
		if fd < systemd {
			return nil, fmt.Errorf("handover: read %s: descriptor %d is one of systemd", EnvHandover, fd)
		}
	}
	for _, s := range w.Sockets {
		if err := check(s.FD); err != nil {
			return nil, err
		}
		switch s.Network {
		case "tcp", "unix", "udp", "unixgram", "fd":
		default:
			return nil, fmt.Errorf("handover: read %s: no such network: %q", EnvHandover, s.Network)
		}
		if s.Network != "fd" && s.FD < systemd {
			return nil, fmt.Errorf("handover: read %s: descriptor %d is one of systemd", EnvHandover, s.FD)
		}
	}
	if w.Ready < systemd {
		return nil, fmt.Errorf("handover: read %s: descriptor %d is one of systemd", EnvHandover, w.Ready)
	}
	return &w, nil
}

// A layout is where the successor gets which descriptor.
type layout struct {
	files []int // by the number in the successor, the number here; -1 for none
	will  will
}

// inheritedFD tells what there is of a socket from systemd.
type inheritedFD struct {
	name  string
	taken bool // the number may be something else's by now
}

// arrange lays the successor's descriptors out: the standard ones, those of systemd from 3 on and other adopted sockets by their numbers, and the rest where there is
// room. null stands for sockets of systemd that are closed.
func arrange(sockets []reactor.Socket, systemd []inheritedFD, files map[string]int, ready, null, pid int) (*layout, error) {
	l := &layout{will: will{Predecessor: pid}}
	put := func(at, fd int) {
		for len(l.files) <= at {
			l.files = append(l.files, -1)
		}
		l.files[at] = fd
	}
	for fd := range firstFD {
		put(fd, fd)
	}
	for i, s := range systemd {
		l.will.ListenFDs = append(l.will.ListenFDs, s.name)
		if put(firstFD+i, firstFD+i); s.taken {
			put(firstFD+i, null)
		}
	}
	for _, s := range sockets {
		at, err := strconv.Atoi(s.Address)
		switch {
		case s.Network != "fd" || err == nil && at < firstFD:
			continue
		case err != nil || at > maxFD:
			return nil, fmt.Errorf("handover: cannot pass on a socket adopted as descriptor %s", s.Address)
		}
		put(at, s.FD)
		if !slices.ContainsFunc(l.will.Sockets, func(b bequest) bool { return b.FD == at }) {
			l.will.Sockets = append(l.will.Sockets, bequest{s.Network, quoted(s.Address), s.Port, at})
		}
	}
	next := firstFD + len(systemd)
	place := func(fd int) int {
		for next < len(l.files) && l.files[next] >= 0 {
			next++
		}
		put(next, fd)
		return next
	}
	l.will.Ready = place(ready)
	for _, s := range sockets {
		if s.Network != "fd" {
			l.will.Sockets = append(l.will.Sockets, bequest{s.Network, quoted(s.Address), s.Port, place(s.FD)})
		}
	}
	for name, fd := range files {
		if l.will.Files == nil {
			l.will.Files = map[string]int{}
		}
		l.will.Files[name] = place(fd)
	}
	return l, nil
}

// environment returns env with what the successor has to know, and without what was meant for this process only.
func (l *layout) environment(env []string) ([]string, error) {
	text, err := json.Marshal(l.will)
	if err != nil {
		return nil, fmt.Errorf("handover: write %s: %w", EnvHandover, err)
	}
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case EnvHandover, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES":
			return true
		case "WATCHDOG_PID": // the successor takes the watchdog over
			return value == strconv.Itoa(l.will.Predecessor)
		}
		return false
	})
	return append(env, EnvHandover+"="+string(text)), nil
}
