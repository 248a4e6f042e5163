// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// redraw is how often the live line changes at most.
const redraw = 50 * time.Millisecond

// status is the live line at the bottom of a terminal: how many tests have run, what went wrong, for how long, and what runs now.
type status struct {
	o       Options
	p       palette
	run     *result.Run
	counts  result.Counts
	bad     map[result.ID]int // the problems of tests that failed, which may be repeated
	started time.Time
	running []running
	drawn   time.Time
	shown   bool
}

type running struct {
	id    result.ID
	since time.Time
}

func (s *status) begin(run *result.Run, now time.Time) {
	*s = status{o: s.o, p: s.p, run: run, started: now, shown: s.shown}
}

func (s *status) start(t *result.Test, now time.Time) {
	s.running = append(s.running, running{t.ID, now})
}

func (s *status) stop(t *result.Test) {
	if len(t.Attempts) > 0 { // the last attempt is what counts
		s.counts.Run--
		s.counts.Failures -= s.bad[t.ID]
	}
	if t.Outcome.Bad() {
		if s.bad == nil {
			s.bad = map[result.ID]int{}
		}
		s.bad[t.ID] = len(t.Problems)
	}
	s.counts.AddTest(t)
	for i, r := range s.running {
		if r.id == t.ID {
			s.running = append(s.running[:i], s.running[i+1:]...)
			break
		}
	}
}

// line says it in at most cols columns.
func (s *status) line(now time.Time, cols int) string {
	c := s.counts
	done := fmt.Sprintf("%d tests", c.Run)
	if s.run != nil && s.run.Total > 0 {
		done = fmt.Sprintf("%d/%d", c.Run, s.run.Total)
	}
	parts := []string{done}
	bad := ""
	if n := c.Failures + c.Errors; n > 0 {
		bad = fmt.Sprintf("%d failed", n)
		parts = append(parts, bad)
	}
	if c.Flaky > 0 {
		parts = append(parts, fmt.Sprintf("%d flaky", c.Flaky))
	}
	elapsed := now.Sub(s.started)
	parts = append(parts, clock(elapsed))
	if left, ok := s.left(elapsed); ok {
		parts = append(parts, clock(left)+" left")
	}
	text := strings.Join(parts, "  ")
	if r, ok := s.longest(); ok {
		text += "  " + name(r.id.Name)
		if d := now.Sub(r.since); d >= time.Second {
			text += " (" + clock(d) + ")"
		}
		if more := len(s.running) - 1; more > 0 {
			text += fmt.Sprintf(" +%d", more)
		}
	}
	if c.Run == 0 && len(s.running) == 0 && s.run != nil && !s.run.Dry {
		text += "  building"
	}
	text = fit(text, cols)
	if bad != "" {
		text = strings.Replace(text, bad, s.p.paint(red, bad), 1)
	}
	return text
}

// longest returns the test that runs longest and waits for no subtest.
func (s *status) longest() (running, bool) {
	for _, r := range s.running[:min(len(s.running), 50)] { // in the order in which they began
		if !slices.ContainsFunc(s.running, func(sub running) bool {
			return sub.id.Package == r.id.Package && strings.HasPrefix(sub.id.Name, r.id.Name+"/")
		}) {
			return r, true
		}
	}
	return running{}, false
}

// left guesses how long it still takes, by the tests that have run.
func (s *status) left(elapsed time.Duration) (time.Duration, bool) {
	if s.run == nil || s.counts.Run == 0 || s.run.Total <= s.counts.Run || elapsed < 2*time.Second {
		return 0, false
	}
	return time.Duration(float64(elapsed) / float64(s.counts.Run) * float64(s.run.Total-s.counts.Run)), true
}

// clock writes 75 s as "1:15".
func clock(d time.Duration) string {
	sec := int(d.Round(time.Second).Seconds())
	if sec >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	}
	return fmt.Sprintf("%d:%02d", sec/60, sec%60)
}

// over returns text, which ends with a newline or is empty, written above the live line. Without text it may return nothing, if the line was drawn just now.
func (s *status) over(text string, now time.Time) string {
	if !s.o.Terminal {
		return text
	}
	if text == "" && s.shown && now.Sub(s.drawn) < redraw {
		return ""
	}
	s.drawn = now
	hide := s.hide()
	s.shown = true
	return hide + text + s.line(now, s.o.Width-1)
}

// hide takes the line away.
func (s *status) hide() string {
	if !s.shown {
		return ""
	}
	s.shown = false
	return "\r\x1b[K"
}
