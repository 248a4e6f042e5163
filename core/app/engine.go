// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/usage"
)

// engineOptions choose the reactor.
type engineOptions struct {
	poller string
	loops  loopsValue
	pin    bool
}

func (e *engineOptions) declare(o *usage.Options) {
	e.loops = 1
	opt := o.String(&e.poller, "reactor", "", "how to wait for the network")
	opt.Choices, opt.Metavar, opt.Default = reactor.Pollers(), "NAME", "$"+reactor.EnvPoller+", else the system's best"
	o.Action(helpReactors, "help-reactors", "", "list what --reactor takes, and why some do not work here")
	opt = o.Var(&e.loops, "loops", "", "number of event loops, each of which keeps one processor busy, or auto for all processors")
	opt.Metavar = "N|auto"
	o.Flag(&e.pin, "pin-cpus", "", "tie each event loop to one processor")
}

// check refuses a reactor that does not work here.
func (e *engineOptions) check() error {
	if e.poller == "" {
		return nil
	}
	var names []string
	for _, p := range reactor.PollerStatus() {
		if p.Name == e.poller && p.Why == "" {
			return nil
		}
		if p.Name == e.poller {
			return usage.Errorf("--reactor", "%q does not work here: %s", e.poller, p.Why)
		}
		names = append(names, p.Name)
	}
	return usage.Errorf("--reactor", "%q is none: there are %s", e.poller, strings.Join(names, ", "))
}

func (e *engineOptions) config() reactor.Config {
	return reactor.Config{Poller: e.poller, PinCPUs: e.pin, Loops: int(e.loops)}
}

// maxLoops bounds --loops.
const maxLoops = 1024

// A loopsValue is a number of loops, or reactor.LoopsAuto.
type loopsValue int

func (v *loopsValue) Set(s string) error {
	if s == "auto" {
		*v = reactor.LoopsAuto
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxLoops {
		return fmt.Errorf("%q is neither \"auto\" nor between 1 and %d", s, maxLoops)
	}
	*v = loopsValue(n)
	return nil
}

func (v *loopsValue) String() string {
	if *v == reactor.LoopsAuto {
		return "auto"
	}
	return strconv.Itoa(int(*v))
}

// helpReactors shows a line for each poller that there is on any system.
func helpReactors() error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range reactor.PollerStatus() {
		state := "works"
		switch {
		case p.Default:
			state = "default"
		case p.Why != "":
			state = "does not work here: " + p.Why
		}
		fmt.Fprintf(t, "%s\t%s\n", p.Name, state)
	}
	t.Flush()
	return &usage.HelpError{Text: b.String()}
}
