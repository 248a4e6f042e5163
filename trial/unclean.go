// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

// What is on its way out gets so much time to go.
const (
	connectionGrace = time.Second     // a connection
	goroutineGrace  = time.Second     // a goroutine that waits for something
	runnableGrace   = 5 * time.Second // a goroutine that works, maybe on a machine that is busy
)

func (c *Case) grace(d time.Duration) time.Duration {
	if c.cfg.grace != 0 {
		return min(c.cfg.grace, d)
	}
	return d
}

// checkReactor makes two turns and tells what is open then.
func (c *Case) checkReactor() []reactor.Item {
	c.TB.Helper()
	r := c.loop.Load()
	if r == nil || c.torn {
		return nil
	}
	for range 2 {
		if c.turn(0) != nil {
			return nil // it has stopped: nothing is left
		}
	}
	if c.memory != nil {
		c.memory.Settle()
	}
	items := c.items()
	if hasConnection(items) && c.memory == nil {
		items = c.awaitConnections(items)
	}
	if len(items) > 0 {
		c.reportUnclean("Reactor was unclean.\n" + list(items))
	}
	return items
}

// awaitConnections gives connections time to close: one that was closed here has another end that hears of it later.
func (c *Case) awaitConnections(items []reactor.Item) []reactor.Item {
	c.TB.Helper()
	grace := connectionGrace
	if !slices.ContainsFunc(items, func(i reactor.Item) bool { return i.Leaving }) {
		grace /= 10
	}
	rest := slices.DeleteFunc(items, isConnection)
	var left []reactor.Item
	for end := time.Now().Add(c.grace(grace)); ; {
		left = slices.DeleteFunc(c.items(), func(i reactor.Item) bool { return !isConnection(i) })
		wait := time.Until(end)
		if len(left) == 0 || wait <= 0 || c.turn(min(wait, 10*time.Millisecond)) != nil {
			return append(rest, left...)
		}
	}
}

func isConnection(i reactor.Item) bool        { return i.Kind == "connection" }
func hasConnection(items []reactor.Item) bool { return slices.ContainsFunc(items, isConnection) }

// childProcess is the kind of item that package process adds.
const childProcess = "child process"

// items returns what is open on all loops. The pipes of child processes are left out: they go without saying.
func (c *Case) items() (items []reactor.Item) {
	for _, l := range c.loop.Load().Loops() {
		items = append(items, l.Items()...)
	}
	if slices.ContainsFunc(items, func(i reactor.Item) bool { return i.Kind == childProcess }) {
		items = slices.DeleteFunc(items, func(i reactor.Item) bool {
			return strings.HasPrefix(i.About, "*process.") || strings.HasPrefix(i.About, "*fdstream.")
		})
	}
	return items
}

// closeReactor ends what is open, and the reactor.
func (c *Case) closeReactor(items []reactor.Item) {
	c.TB.Helper()
	r := c.loop.Load()
	if r == nil {
		return
	}
	children := slices.DeleteFunc(slices.Clone(items), func(i reactor.Item) bool { return i.Kind != childProcess })
	for _, i := range children {
		i.End()
	}
	for end := time.Now().Add(goroutineGrace); len(children) > 0 && time.Now().Before(end); {
		if c.turn(10*time.Millisecond) != nil || !slices.ContainsFunc(c.items(), func(i reactor.Item) bool { return i.Kind == childProcess }) {
			break
		}
	}
	c.own = true
	if err := r.Close(); err != nil {
		c.problem("trial: cannot close the reactor: " + err.Error())
	}
	c.own = false
}

// open describes what is open on the reactor.
func (c *Case) open() string {
	if c.loop.Load() == nil {
		return "the reactor was not used\n"
	}
	items := c.items()
	if len(items) == 0 {
		return "nothing is open on the reactor\n"
	}
	return "open on the reactor:\n" + list(items)
}

func list(items []reactor.Item) string {
	var b strings.Builder
	for _, i := range items {
		fmt.Fprintf(&b, "%s: %s\n", i.Kind, i.About)
		if len(i.Origin) > 0 {
			b.WriteString("    made at\n" + indent(indent(origin(i.Origin))))
		}
	}
	return b.String()
}

// reportUnclean tells that something was left behind.
func (c *Case) reportUnclean(text string) {
	c.TB.Helper()
	if c.cfg.UncleanWarnings || set(marker.UncleanWarning) {
		file, line := c.place()
		c.warn(file, line, "trial.UncleanWarning", text)
		return
	}
	c.problem(text)
}
