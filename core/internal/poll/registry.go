// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A kind is one of the pollers that a program can name.
type kind struct {
	name string
	open func() (Poller, error) // nil where it does not exist
	why  string                 // why it does not exist here
	// probe tells why the poller does not work on this machine, although it exists on this kind of system. nil: it always works.
	probe func() error
	// instead is the poller to use where this one does not work.
	instead string
}

// foreign are the pollers of some systems only, and why others lack them.
var foreign = []kind{
	{name: "epoll", why: "it is Linux's"},
	{name: "io_uring", why: "it is Linux's"},
	{name: "kqueue", why: "it is that of macOS and the BSDs"},
	{name: "iocp", why: "it is that of Windows"},
	{name: "poll", why: "it is that of POSIX systems"},
	{name: "select", why: "it is that of POSIX systems"},
}

// withForeign puts the pollers that this system lacks behind those that it has.
func withForeign(own ...kind) []kind {
	for _, k := range foreign {
		if !slices.ContainsFunc(own, func(o kind) bool { return o.name == k.name }) {
			own = append(own, k)
		}
	}
	return own
}

// missing tells why the poller cannot be used here; "" when it can.
func (k kind) missing() string {
	if k.open == nil {
		return k.why
	}
	if k.probe != nil {
		if err := k.probe(); err != nil {
			return err.Error()
		}
	}
	return ""
}

// A Status tells whether a poller works here.
type Status struct {
	Name string
	Why  string // why it does not; "" when it does
}

// Statuses returns what there is to know of every poller, the best first. Safe from any goroutine.
func Statuses() []Status {
	var all []Status
	for _, k := range kinds() {
		all = append(all, Status{k.name, k.missing()})
	}
	return all
}

// Names returns the names of the pollers that work on this system, the best first. Safe from any goroutine.
func Names() []string {
	var names []string
	for _, s := range Statuses() {
		if s.Why == "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Default returns the name of the poller that is proven best on this system. Safe from any goroutine.
func Default() string {
	for _, k := range kinds() { // without asking those behind it
		if k.missing() == "" {
			return k.name
		}
	}
	panic("poll: no poller works")
}

// New opens a poller by its name; "" means Default. Safe from any goroutine; the poller is then used on one.
func New(name string) (Poller, error) {
	s, err := Find(name)
	if err != nil {
		return nil, err
	}
	return s.Open()
}

// Find returns the source of the pollers of a name; "" means Default. Where that poller exists but does not work, it is the source of the poller that
// stands in for it. Safe from any goroutine.
func Find(name string) (Source, error) {
	if name == "" {
		name = Default()
	}
	if s, ok := borrowed(name); ok {
		return s, nil
	}
	var missing strings.Builder
	for _, k := range kinds() {
		why := k.missing()
		if k.name != name {
			if why != "" {
				fmt.Fprintf(&missing, "; not %s: %s", k.name, why)
			}
			continue
		}
		if why == "" {
			return Source{Open: k.opened, Now: time.Now}, nil
		}
		if k.instead != "" {
			s, err := Find(k.instead)
			s.Refused = fmt.Sprintf("%s: %s", name, why)
			return s, err
		}
		return Source{}, fmt.Errorf("poll: no poller %q on this system: %s (there are: %s): %w", name, why, strings.Join(Names(), ", "), ErrUnsupported)
	}
	return Source{}, fmt.Errorf("poll: unknown poller %q (there are: %s%s)", name, strings.Join(Names(), ", "), missing.String())
}

// opened opens a poller. Where the system has no room for another one of its kind, as the limit on locked memory has for rings, the one that stands in is opened:
// they serve side by side.
func (k kind) opened() (Poller, error) {
	p, err := k.open()
	if err != nil && k.instead != "" {
		if s, e := Find(k.instead); e == nil {
			if p, e := s.Open(); e == nil {
				return p, nil
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("poll: %s: %w", k.name, err)
	}
	return p, nil
}
