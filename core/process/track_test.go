// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// ended notes the end of a child.
type ended struct {
	process.Base
	over bool
}

func (e *ended) ProcessEnded(*process.Transport, error) { e.over = true }

// A child is listed by its loop until it is gone, with the place where it was spawned, and can be killed there.
func TestChildIsAnItem(t *testing.T) {
	r, err := reactor.New(reactor.Config{Debug: true})
	check(t, err)
	defer r.Close()
	check(t, r.StartRunning())
	turn := func(until func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !until(); {
			if time.Now().After(end) {
				t.Fatal("it does not happen")
			}
			check(t, r.Iterate(time.Second))
		}
	}
	children := func() (all []reactor.Item) {
		for _, i := range r.Items() {
			if i.Kind == "child process" {
				all = append(all, i)
			}
		}
		return all
	}
	e := new(ended)
	var child *process.Transport
	process.Spawn(r, process.Config{Path: "sleep", Args: []string{"sleep", "1000"}}, e).Done(func(tr *process.Transport, err error) {
		check(t, err)
		child = tr
	})
	if all := children(); len(all) != 1 || all[0].About != "sleep" || !strings.Contains(all[0].Origin.String(), "track_test.go:") {
		t.Fatalf("before it has started there are %v", all)
	}
	turn(func() bool { return child != nil })
	all := children()
	if len(all) != 1 || all[0].About != fmt.Sprintf("%d, sleep", child.PID()) {
		t.Fatalf("when it has started there are %v", all)
	}
	all[0].End()
	turn(func() bool { return e.over })
	if all := children(); len(all) != 0 {
		t.Errorf("when it has ended there are %v", all)
	}

	process.Spawn(r, process.Config{Path: "sleep", Args: []string{"sleep", "1000"}}, e).Done(func(_ *process.Transport, err error) {
		if err == nil {
			t.Error("it was given up, and started")
		}
	})
	children()[0].End() // before it has started
	if all := children(); len(all) != 0 {
		t.Errorf("given up, there are %v", all)
	}
	process.Spawn(r, process.Config{Path: "/no/such/program"}, e).Done(func(_ *process.Transport, err error) {
		if err == nil {
			t.Error("no such program, and it started")
		}
	})
	turn(func() bool { return len(children()) == 0 })
}
