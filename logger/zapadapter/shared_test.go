// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"bytes"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/race"
	"github.com/torsion-go/torsion/logger/slogadapter"
)

type counter struct{ n *int }

func (c counter) LogValue() slog.Value { *c.n++; return slog.IntValue(*c.n) }

// TestShared compares lines with fields that were encoded before with those of events that share none.
func TestShared(t *testing.T) {
	n := 0
	for name, fields := range map[string][]slog.Attr{
		"constant": attrs, "none": nil, "changing": {slog.Any("v", counter{&n}), slog.Int("i", 1)}, "mixed": {slog.Int("i", 1), slog.Group("g", slog.Int("x", 1)), slog.Int("j", 2)},
		"empty": {slog.String("", ""), slog.Int("i", 1)},
	} {
		var ours, bare bytes.Buffer
		o, plain := NewObserver(NewJSON(&ours, nil), nil), NewObserver(NewJSON(&bare, nil), nil)
		both := logger.ObserverFunc(func(e *logger.Event) {
			start := n
			o.Observe(e)
			after := n
			n = start // a counter tells both the same
			c := *e
			c.Shared = nil
			plain.Observe(&c)
			n = after
		})
		with := logger.New("ns", both).With(fields...)
		for range 2 {
			with.Info("{i} {method}")
			with.Info("own", slog.Int("own", 1))
			with.WithSystem("sys").Info("sys", slog.Int("own", 1))
			with.With(slog.Bool("b", true)).Info("more")
			slog.New(slogadapter.New(both, nil).WithAttrs(fields)).With("k", "v").WithGroup("g").With("in", 1).Info("slog", "x", 1)
		}
		if ours.String() != bare.String() || ours.Len() == 0 {
			t.Errorf("%s:\n%s\nwithout sharing:\n%s", name, &ours, &bare)
		}
	}
}

// TestSharedThenChanged has an observer between hide a value, which was encoded before.
func TestSharedThenChanged(t *testing.T) {
	var buf bytes.Buffer
	o := NewObserver(NewJSON(&buf, nil), nil)
	hide := false
	l := logger.New("", logger.ObserverFunc(func(e *logger.Event) {
		c := *e
		if hide {
			c.Fields = slices.Clone(e.Fields)
			c.Fields[0].Value = slog.StringValue("***")
		}
		o.Observe(&c)
	})).With(slog.String("password", "secret"))
	l.Info("x")
	hide = true
	buf.Reset()
	l.Info("x")
	if got := buf.String(); strings.Contains(got, "secret") || !strings.Contains(got, "***") {
		t.Error(got)
	}
}

func TestSharedBound(t *testing.T) {
	long := slog.String("long", strings.Repeat("x", 1<<17))
	var buf bytes.Buffer
	logger.New("", NewObserver(NewJSON(&buf, nil), nil)).With(long).Info("x", long)
	if buf.Len() > 64<<10 || !strings.Contains(buf.String(), `"truncated":true`) {
		t.Errorf("%d octets: %.100s", buf.Len(), &buf)
	}
	l := logger.New("", NewObserver(NewJSON(io.Discard, nil), nil)).With(slog.Int("a", 1))
	if n := testing.AllocsPerRun(100, func() { l.Info("x", slog.Int("b", 2)) }); n != 0 && !race.Enabled {
		t.Errorf("%v allocations an event", n)
	}
}

// TestUsesSource has the place found only where it is wanted.
func TestUsesSource(t *testing.T) {
	for _, add := range []bool{false, true} {
		o := NewObserver(NewJSON(io.Discard, nil), &Options{AddSource: add})
		var pc uintptr
		between := &sources{o, &pc}
		p := logger.NewPublisher(&logger.Filter{Observer: between})
		logger.New("", p).Info("x")
		if (pc != 0) != add || p.UsesSource() != add {
			t.Errorf("AddSource %v: pc %x", add, pc)
		}
		p.Add(logger.ObserverFunc(func(*logger.Event) {}))
		if logger.New("", p).Info("x"); pc == 0 {
			t.Error("an observer that does not tell got none")
		}
	}
}

type sources struct {
	*Observer
	pc *uintptr
}

func (s *sources) Observe(e *logger.Event) { *s.pc = e.PC }
