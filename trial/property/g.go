// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/diff"
	"github.com/torsion-go/torsion/trial/internal/record"
)

// A G is one case of a property: what generators draw from, and the [testing.TB] that tells whether the property holds. Its failures, logs, cleanups and context are those of the
// case; Skip throws the case away. Methods that end the test are called from the goroutine of the property only.
type G struct {
	testing.TB // a record.TB
	src        *source
	describe   bool
	drawn      []string
	depth      int       // of draws within draws
	step       *[]string // the draws of a step of a Machine
}

// stopped is panicked with to end a case.
type stopped struct{}

// Assume throws the case away unless condition is true. What is assumed often should be generated instead: see [Config.Discards].
func (g *G) Assume(condition bool) {
	if !condition {
		g.SkipNow()
	}
}

// note keeps what is drawn for the report.
func (g *G) note(label string, v any) {
	if !g.describe || g.depth > 0 {
		return
	}
	if label == "" {
		label = fmt.Sprintf("#%d", len(g.drawn)+1)
	}
	line := label + " = " + diff.Format(v)
	if g.step != nil {
		*g.step = append(*g.step, line)
		return
	}
	g.drawn = append(g.drawn, line)
}

type outcome uint8

const (
	held outcome = iota
	discarded
	failed
)

// A result is how a case ended.
type result struct {
	outcome outcome
	large   bool // it was discarded because it made too many choices
	place   string
	said    string
	drawn   []string
	src     *source
}

// run runs prop with choices from src.
func run(t testing.TB, prop func(g *G), src *source, describe bool) *result {
	rec := record.New(t)
	rec.Stop = func() { panic(stopped{}) }
	g := &G{TB: rec, src: src, describe: describe}
	res := &result{src: src}
	returned := false
	func() {
		defer func() {
			switch v := recover(); v.(type) {
			case nil:
				if !returned { // runtime.Goexit
					rec.Finish()
					t.Logf("property: a case has ended the test itself; it should use its G\n%s", rec.Said())
				}
			case stopped:
			case tooLarge:
				res.large = true
			default:
				rec.Panicked(v)
			}
		}()
		prop(g)
		returned = true
	}()
	rec.Stop = nil
	rec.Finish()
	src.close()
	switch {
	case rec.Failed():
		res.outcome = failed
	case rec.Skipped() || res.large:
		res.outcome = discarded
	}
	res.place, res.said, res.drawn = rec.Place(), rec.Said(), g.drawn
	return res
}

// String returns what was drawn and what was said.
func (r *result) String() string {
	var b strings.Builder
	for _, d := range r.drawn {
		b.WriteString("\t" + d + "\n")
	}
	b.WriteString(r.said)
	return strings.TrimSuffix(b.String(), "\n")
}
