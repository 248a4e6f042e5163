// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// maxKept is how many warnings a collector keeps.
const maxKept = 1000

// A Collector has the warnings of one test.
type Collector struct {
	t        testing.TB
	suppress []Suppression
	kept     []Warning
	dropped  int
	ended    bool
}

// A Suppression says which warnings nobody wants to see. The zero Suppression is all of them.
type Suppression struct {
	Category Category       // "" is any
	Text     *regexp.Regexp // nil is any; otherwise what the text begins with
}

// Suppress returns a Suppression of a category, "" being any, whose texts begin with what matches a pattern. It panics if that is no regular expression.
// Twisted: util.suppress.
func Suppress(category Category, pattern string) Suppression {
	return Suppression{category, regexp.MustCompile("^(?:" + pattern + ")")}
}

func (s Suppression) matches(w Warning) bool {
	if s.Category != "" && s.Category != w.Category {
		return false
	}
	if s.Text == nil {
		return true
	}
	at := s.Text.FindStringIndex(w.Text)
	return at != nil && at[0] == 0
}

// Collect has the warnings of t collected until it ends, but for those that are suppressed. Then those that were not flushed are shown, once for each place: in the log of the test,
// or, if trial runs it, among its warnings. Collect is called from the goroutine of the test.
func Collect(t testing.TB, suppress ...Suppression) *Collector {
	c := begin(t, suppress)
	t.Cleanup(func() {
		t.Helper()
		c.end()
		c.show()
	})
	return c
}

func begin(t testing.TB, suppress []Suppression) *Collector {
	c := &Collector{t: t, suppress: suppress}
	mu.Lock()
	defer mu.Unlock()
	active = append(active, c)
	return c
}

func (c *Collector) end() {
	mu.Lock()
	defer mu.Unlock()
	c.ended = true
	active = slices.DeleteFunc(active, func(a *Collector) bool { return a == c })
}

// add needs mu.
func (c *Collector) add(w Warning) {
	for _, s := range c.suppress {
		if s.matches(w) {
			return
		}
	}
	if len(c.kept) >= maxKept {
		c.dropped++
		return
	}
	c.kept = append(c.kept, w)
}

// Suppress suppresses more, from now on. Twisted: the suppress attribute, SynchronousTestCase.runWithWarningsSuppressed.
func (c *Collector) Suppress(s ...Suppression) {
	mu.Lock()
	defer mu.Unlock()
	c.suppress = append(c.suppress, s...)
}

// Context returns a context with which warnings go to c, also while other tests run.
func (c *Collector) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Flush returns the warnings collected so far and forgets them: those whose place is in one of the functions, or in a function literal in one, or all of them if none is given.
// It panics if something is no function. Twisted: flushWarnings.
func (c *Collector) Flush(functions ...any) []Warning {
	mu.Lock()
	defer mu.Unlock()
	var taken []Warning
	c.kept = slices.DeleteFunc(c.kept, func(w Warning) bool {
		take := len(functions) == 0 || slices.ContainsFunc(functions, func(f any) bool { return within(w.Function, f) })
		if take {
			taken = append(taken, w)
		}
		return take
	})
	return taken
}

// show tells what was not flushed.
func (c *Collector) show() {
	c.t.Helper()
	mu.Lock()
	kept, dropped := c.kept, c.dropped
	c.kept = nil
	mu.Unlock()
	told := map[Warning]bool{}
	for _, w := range kept {
		if !told[w] {
			told[w] = true
			show(c.t, w)
		}
	}
	if dropped > 0 {
		c.t.Logf("%d more warnings were left out", dropped)
	}
}

func show(t testing.TB, w Warning) {
	t.Helper()
	if os.Getenv(marker.Active) == "" {
		t.Log(w)
		return
	}
	line, err := json.Marshal(w.result())
	if err != nil {
		t.Log(w) // it is not shown as what it is, but shown
		return
	}
	t.Attr(marker.Warning, string(line))
}
