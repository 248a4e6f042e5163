// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// What Windows lacks is an error that names it.
func TestUnsupported(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		for what, change := range map[string]func(*process.Config){
			"terminal":    func(c *process.Config) { c.PTY = &process.PTY{} },
			"user":        func(c *process.Config) { c.User = &process.User{} },
			"session":     func(c *process.Config) { c.Session = true },
			"limits":      func(c *process.Config) { c.Limits = make([]process.Limit, 1) },
			"descriptors": func(c *process.Config) { c.Descriptors = map[int]process.Descriptor{3: process.Read} },
		} {
			cfg := part("cat")
			change(&cfg)
			_, err := on(t, r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(r, cfg, newRecord(r)) })
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "windows") || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
		p := newRecord(r)
		tr := p.spawn(t, part("cat"))
		p.call(t, func() {
			if err := tr.Signal(syscall.SIGHUP); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "windows") {
				t.Errorf("SIGHUP: %v", err)
			}
			if err := tr.SetWindowSize(1, 1); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("SetWindowSize: %v", err)
			}
			check(t, tr.Signal(os.Kill))
		})
		p.wait(t)
	})
}
