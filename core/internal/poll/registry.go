// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"fmt"
	"strings"
	"time"
)

// A kind is one of the pollers that a program can name.
type kind struct {
	name string
	open func() (Poller, error) // nil where it does not exist
	why  string                 // why it does not exist here
}

// Names returns the names of the pollers that exist on this system, the best first. Safe from any goroutine.
func Names() []string {
	var names []string
	for _, k := range kinds() {
		if k.open != nil {
			names = append(names, k.name)
		}
	}
	return names
}

// Default returns the name of the poller that is proven best on this system. Safe from any goroutine.
func Default() string { return Names()[0] }

// New opens a poller by its name; "" means Default. Safe from any goroutine; the poller is then used on one.
func New(name string) (Poller, error) {
	s, err := Find(name)
	if err != nil {
		return nil, err
	}
	return s.Open()
}

// Find returns the source of the pollers of a name; "" means Default. Safe from any goroutine.
func Find(name string) (Source, error) {
	if name == "" {
		name = Default()
	}
	if s, ok := borrowed(name); ok {
		return s, nil
	}
	for _, k := range kinds() {
		if k.name != name {
			continue
		}
		if k.open == nil {
			return Source{}, fmt.Errorf("poll: no poller %q on this system: %s (there are: %s): %w", name, k.why, strings.Join(Names(), ", "), ErrUnsupported)
		}
		return Source{Open: k.opened, Now: time.Now}, nil
	}
	var missing strings.Builder
	for _, k := range kinds() {
		if k.open == nil {
			fmt.Fprintf(&missing, "; not %s: %s", k.name, k.why)
		}
	}
	return Source{}, fmt.Errorf("poll: unknown poller %q (there are: %s%s)", name, strings.Join(Names(), ", "), missing.String())
}

func (k kind) opened() (Poller, error) {
	p, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("poll: %s: %w", k.name, err)
	}
	return p, nil
}
