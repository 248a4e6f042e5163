// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/internal/record"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/warn"
)

// An attrs records what a test tells the runner.
type attrs struct {
	*record.TB
	all []string
}

func (a *attrs) Attr(key, value string) { a.all = append(a.all, key+" "+value) }

// alone has t be run by no runner, or by one.
func alone(t *testing.T, runner bool) {
	value := ""
	if runner {
		value = "1"
	}
	t.Setenv(marker.Active, value)
}

func first()  { warn.Emit(warn.User, "first") }
func second() { func() { warn.Emit(warn.Resource, "second") }() }

type parser struct{}

func (*parser) old() { warn.Deprecated("Example 1.4", "(*parser).new") }

func oldParser()       { warn.Deprecated("Example 1.4", "example.NewParser") }
func older()           { warn.Deprecated("Example 1.2", "") }
func nested()          { oldParser(); older() }
func notDeprecated()   {}
func generic[T any]()  { warn.Emit(warn.User, "generic") }
func above(skip int)   { warn.EmitCaller(context.Background(), warn.User, "above", skip) }
func callsAbove(n int) { above(n) }

const pkg = "github.com/torsion-go/torsion/trial/warn_test."

// Two warnings, one of which is flushed by its function: exactly the other one is shown.
func TestFlush(t *testing.T) {
	alone(t, false)
	r := record.New(t)
	r.Run(func() {
		w := warn.Collect(r)
		first()
		second()
		taken := w.Flush(first)
		assert.Equal(r, len(taken), 1)
		assert.Equal(r, taken[0].Text, "first")
		assert.Equal(r, taken[0].Function, pkg+"first")
		assert.Equal(r, len(w.Flush(first)), 0, "what is flushed again")
	})
	assert.False(t, r.Failed(), "%s", r.Said())
	if !regexp.MustCompile(`warn_test\.go:\d+: ResourceWarning: second\n$`).MatchString(r.Said()) {
		t.Errorf("it said %q", r.Said())
	}
	assert.NotSubstring(t, "first", r.Said())
	assert.Equal(t, strings.Count(r.Said(), "\n"), 1)
}

func TestFlushBy(t *testing.T) {
	w := warn.Collect(t)
	p := &parser{}
	texts := func(f ...any) (texts []string) {
		for _, w := range w.Flush(f...) {
			texts = append(texts, w.Text)
		}
		return texts
	}
	second() // in a function literal
	assert.Equal(t, texts(second), []string{"second"})
	func() { first(); second() }()
	assert.Equal(t, texts(), []string{"first", "second"})
	p.old()
	assert.Equal(t, texts(p.old, first), nil)
	assert.Equal(t, texts(TestFlushBy), []string{pkg + "(*parser).old was deprecated in Example 1.4; please use (*parser).new instead"})
	generic[int]()
	assert.Equal(t, texts(first, generic[string]), []string{"generic"})
	callsAbove(0)
	assert.Equal(t, texts(above), []string{"above"})
	callsAbove(1)
	assert.Equal(t, texts(callsAbove), []string{"above"})
	callsAbove(2)
	assert.Equal(t, texts(TestFlushBy), []string{"above"})
	callsAbove(1000) // nobody's
	assert.Equal(t, texts(), []string{"above"})
	assert.Panics(t, func() { first(); w.Flush("first") })
	w.Flush()
}

// Ten warnings from one place are one in what is shown, as are those that the runner is told of; what was flushed is all ten.
func TestOncePerPlace(t *testing.T) {
	for _, runner := range []bool{false, true} {
		alone(t, runner)
		a := &attrs{TB: record.New(t)}
		a.Run(func() {
			warn.Collect(a)
			for range 10 {
				first()
			}
			second()
		})
		if !runner {
			assert.Equal(t, strings.Count(a.Said(), "\n"), 2)
			assert.Equal(t, len(a.all), 0)
			continue
		}
		assert.Equal(t, a.Said(), "")
		assert.Equal(t, len(a.all), 2)
		key, value, _ := strings.Cut(a.all[0], " ")
		assert.Equal(t, key, marker.Warning)
		var w result.Warning
		assert.NoError(t, json.Unmarshal([]byte(value), &w))
		assert.Substring(t, "warn_test.go", w.File)
		w.File, w.Line = "", 0
		assert.Equal(t, w, result.Warning{Category: "UserWarning", Text: "first"})
	}
	w := warn.Collect(t)
	for range 10 {
		first()
	}
	assert.Equal(t, len(w.Flush()), 10)
}

func TestSuppress(t *testing.T) {
	tests := []struct {
		name string
		s    warn.Suppression
		want string // what is left
	}{
		{"all", warn.Suppression{}, ""},
		{"category", warn.Suppress(warn.User, ""), "second"},
		{"text", warn.Suppress("", "fi.*t"), "second"},
		{"the beginning only", warn.Suppress("", "irst"), "first second"},
		{"a pattern without ^", warn.Suppression{Text: regexp.MustCompile("irst")}, "first second"},
		{"alternatives", warn.Suppress("", "x|fir"), "second"},
		{"both", warn.Suppress(warn.Resource, "first"), "first second"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := warn.Collect(t)
			w.Suppress(tt.s)
			first()
			second()
			var got []string
			for _, one := range w.Flush() {
				got = append(got, one.Text)
			}
			assert.Equal(t, strings.Join(got, " "), tt.want)
		})
	}
	w := warn.Collect(t, warn.Suppress(warn.User, "f"))
	first()
	assert.Equal(t, len(w.Flush()), 0)
}

func TestLimit(t *testing.T) {
	alone(t, false)
	r := record.New(t)
	r.Run(func() {
		warn.Collect(r)
		for range 1500 {
			first()
		}
	})
	assert.Substring(t, "500 more warnings were left out", r.Said())
}

// With contexts, collectors that live at the same time are kept apart; without, the last one that began gets what is emitted.
func TestContext(t *testing.T) {
	alone(t, false)
	a, b := record.New(t), record.New(t)
	wa, wb := warn.Collect(a), warn.Collect(b)
	warn.EmitContext(wa.Context(t.Context()), warn.User, "for a")
	warn.EmitContext(wb.Context(t.Context()), warn.User, "for b")
	warn.Emit(warn.User, "for the last")
	assert.Equal(t, len(wa.Flush(TestContext)), 1)
	assert.Equal(t, len(wb.Flush(TestContext)), 2)
	b.Finish()
	warn.Emit(warn.User, "for a again")
	warn.EmitContext(wb.Context(t.Context()), warn.User, "for b, which has ended")
	assert.Equal(t, len(wa.Flush()), 2)
	a.Finish()
}

func TestParallel(t *testing.T) {
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := warn.Collect(t)
			for range 100 {
				warn.EmitContext(w.Context(t.Context()), warn.User, name)
			}
			for _, one := range w.Flush() {
				assert.Equal(t, one.Text, name)
			}
		})
	}
}

// Outside of tests there is one record for each place.
func TestLogged(t *testing.T) {
	warn.Forget()
	var out bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	for range 3 {
		warn.Emit(warn.User, "logged")
	}
	warn.Emit(warn.User, "logged")
	assert.Equal(t, strings.Count(out.String(), "level=WARN msg=logged warning=UserWarning place="), 2)
	out.Reset()
	for i := range 2000 {
		warn.Emit(warn.User, strconv.Itoa(i))
	}
	assert.Equal(t, strings.Count(out.String(), "\n"), 998) // what is remembered is bounded
	warn.Forget()
	out.Reset()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError})))
	warn.Emit(warn.User, "not wanted")
	assert.Equal(t, out.String(), "")
}

func TestHandler(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(warn.Handler(slog.NewTextHandler(&out, nil)))
	w := warn.Collect(t)
	l.Warn("x is not set", warn.Key, "UserWarning")
	l.With("a", 1).WithGroup("g").Debug("at any level", warn.Key, "Mine")
	l.Warn("no warning", "other", 1)
	l.Debug("not wanted")
	found := w.Flush(TestHandler)
	assert.Equal(t, len(found), 2)
	assert.Equal(t, found[0].Category, warn.User)
	assert.Equal(t, found[0].Text, "x is not set")
	assert.Substring(t, "warn_test.go:", found[0].String())
	assert.Equal(t, found[1].Category, "Mine")
	assert.Substring(t, `msg="no warning" other=1`, out.String())
	assert.Equal(t, strings.Count(out.String(), "\n"), 1)
}

func TestCallDeprecated(t *testing.T) {
	alone(t, false)
	tests := []struct {
		name string
		f    func(t testing.TB)
		want string // of a failure
	}{
		{"deprecated", func(t testing.TB) {
			warn.CallDeprecated(t, oldParser, "Example 1.4", "example.NewParser", oldParser)
		}, ""},
		{"without replacement", func(t testing.TB) { warn.CallDeprecated(t, older, "Example 1.2", "", older) }, ""},
		{"method", func(t testing.TB) {
			p := &parser{}
			warn.CallDeprecated(t, p.old, "Example 1.4", "(*parser).new", func() { p.old() })
		}, ""},
		{"among others", func(t testing.TB) { warn.CallDeprecated(t, older, "Example 1.2", "", nested) }, ""},
		{"not deprecated", func(t testing.TB) {
			warn.CallDeprecated(t, notDeprecated, "Example 1.4", "", notDeprecated)
		}, pkg + "notDeprecated is not deprecated"},
		{"another warning", func(t testing.TB) { warn.CallDeprecated(t, first, "Example 1.4", "", first) }, pkg + "first is not deprecated"},
		{"another version", func(t testing.TB) { warn.CallDeprecated(t, older, "Example 1.3", "", older) }, "was deprecated in Example 1.3"},
		{"another replacement", func(t testing.TB) {
			warn.CallDeprecated(t, oldParser, "Example 1.4", "example.Parse", oldParser)
		}, "please use example.Parse instead"},
		{"another function", func(t testing.TB) { warn.CallDeprecated(t, first, "Example 1.2", "", older) }, "test.first was deprecated in Example 1.2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := record.New(t)
			var left []warn.Warning
			r.Run(func() {
				w := warn.Collect(r)
				tt.f(assert.Check(r))
				left = w.Flush()
			})
			assert.Equal(t, r.Failed(), tt.want != "", "%s", r.Said())
			assert.Substring(t, tt.want, r.Said())
			switch tt.name {
			case "among others":
				assert.Equal(t, len(left), 1)
				assert.Substring(t, "oldParser was deprecated in Example 1.4", left[0].Text)
			case "another warning":
				assert.Equal(t, len(left), 1)
			default:
				assert.Equal(t, len(left), 0)
			}
		})
	}
}

func TestExpect(t *testing.T) {
	warn.Expect(t, warn.User, "first", first)
	warn.Expect(t, warn.User, "first", func() { first(); first() })
	for name, f := range map[string]func(t testing.TB){
		"no warning was emitted, want UserWarning: first": func(t testing.TB) { warn.Expect(t, warn.User, "first", notDeprecated) },
		"the warnings are not UserWarning: first":         func(t testing.TB) { warn.Expect(t, warn.User, "first", func() { first(); second() }) },
		"the warnings are not UserWarning: second":        func(t testing.TB) { warn.Expect(t, warn.User, "second", second) },
	} {
		r := record.New(t)
		r.Run(func() { f(r) })
		assert.True(t, r.Failed())
		assert.Substring(t, name, r.Said())
	}
}
