// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package stress

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	maxGroups = 50        // ways of failing that are told apart
	maxText   = 4000      // bytes of one
	maxTimes  = 1_000_000 // durations that are kept
)

// Stats are what came out of many runs.
type Stats struct {
	Runs    int // that have ended and were not skipped
	Failed  int
	Skipped int
	Copies  int // at once
	Elapsed time.Duration
	Median  time.Duration // of one run; of the first million of them
	Longest time.Duration // one run
	Groups  []Group       // ways of failing, the most frequent first; the 50th that came up holds all further ones too

	times []time.Duration
	known map[string]int // indices of groups
}

// A Group is one way of failing: texts that are the same but for numbers.
type Group struct {
	Text  string // of the first one, at most 4000 bytes
	Count int
	First int // run
}

var numbers = regexp.MustCompile(`0x[0-9a-fA-F]+|[0-9]+`)

func (s *Stats) add(run int, err error, took time.Duration) {
	if errors.Is(err, ErrSkipped) {
		s.Skipped++
		return
	}
	s.Runs++
	s.Longest = max(s.Longest, took)
	if len(s.times) < maxTimes {
		s.times = append(s.times, took)
	}
	if err == nil {
		return
	}
	s.Failed++
	text := err.Error()
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	key := numbers.ReplaceAllString(text, "#")
	i, ok := s.known[key]
	if !ok {
		if s.known == nil {
			s.known = map[string]int{}
		}
		if i = len(s.Groups); i < maxGroups {
			s.known[key] = i
			s.Groups = append(s.Groups, Group{Text: text, First: run})
		} else {
			i-- // the rest
		}
	}
	s.Groups[i].Count++
	if run < s.Groups[i].First {
		s.Groups[i].First, s.Groups[i].Text = run, text
	}
}

func (s *Stats) finish() {
	if len(s.times) > 0 {
		slices.Sort(s.times)
		s.Median = s.times[len(s.times)/2]
	}
	slices.SortStableFunc(s.Groups, func(a, b Group) int { return cmp.Or(b.Count-a.Count, a.First-b.First) })
	s.times, s.known = nil, nil
}

// String returns what the package comment shows.
func (s *Stats) String() string {
	var b strings.Builder
	percent := 0.0
	if s.Runs > 0 {
		percent = 100 * float64(s.Failed) / float64(s.Runs)
	}
	fmt.Fprintf(&b, "stress: %d of %d runs failed (%.3g %%), %d at once, in %v; a run took %v at most, %v in the middle",
		s.Failed, s.Runs, percent, s.Copies, s.Elapsed.Round(time.Millisecond), round(s.Longest), round(s.Median))
	if s.Skipped > 0 {
		fmt.Fprintf(&b, "; %d more were skipped", s.Skipped)
	}
	for _, g := range s.Groups {
		times := "times"
		if g.Count == 1 {
			times = "time"
		}
		fmt.Fprintf(&b, "\n%d %s, first in run %d:\n\t%s", g.Count, times, g.First, strings.ReplaceAll(strings.TrimRight(g.Text, "\n"), "\n", "\n\t"))
	}
	return b.String()
}

// round keeps three digits or so.
func round(d time.Duration) time.Duration {
	for unit := time.Second; unit > 1; unit /= 10 {
		if d >= 100*unit {
			return d.Round(unit)
		}
	}
	return d
}
