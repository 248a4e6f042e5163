// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
)

// A spy writes its name into a list for each event.
type spy struct {
	name string
	list *[]string
	fail bool
}

func (s *spy) Observe(e *logger.Event) {
	*s.list = append(*s.list, s.name)
	if s.fail {
		panic(s.name + " is broken")
	}
}
func (s *spy) Name() string { return s.name }

func event(text string) *logger.Event {
	return &logger.Event{Time: time.Unix(1, 0), Level: logger.Info, Namespace: "app", Format: text, HasFormat: true}
}

func TestPublisherOrder(t *testing.T) {
	var list []string
	a, b := &spy{name: "A", list: &list}, &spy{name: "B", list: &list}
	p := logger.NewPublisher(a, b, a)
	p.Observe(event("x"))
	if !slices.Equal(list, []string{"A", "B"}) {
		t.Errorf("got %q", list)
	}
	p.Remove(a)
	p.Remove(a)
	removeFunc := p.Add(logger.ObserverFunc(func(*logger.Event) { list = append(list, "F") }))
	p.Remove(logger.ObserverFunc(func(*logger.Event) {}))
	p.Add(a)
	logger.NewPublisher(p).Observe(event("x")) // a tree
	if !slices.Equal(list, []string{"A", "B", "B", "F", "A"}) {
		t.Errorf("got %q", list)
	}
	removeFunc()
	removeFunc()
	p.Observe(event("x"))
	if !slices.Equal(list[5:], []string{"B", "A"}) {
		t.Errorf("got %q", list[5:])
	}
	defer func() {
		if recover() == nil {
			t.Error("nil is taken for an observer")
		}
	}()
	p.Add(nil)
}

func TestBrokenObservers(t *testing.T) {
	clock := time.Unix(1000, 0)
	var list []string
	broken := &spy{name: "broken", list: &list, fail: true}
	first, last := loggertest.NewRecorder(), loggertest.NewRecorder()
	p := logger.NewPublisher(first, broken, last).WithClock(func() time.Time { return clock })
	p.Observe(event("one"))
	const report = "critical: Temporarily disabling observer *logger_test.spy (broken) due to exception"
	for _, r := range []*loggertest.Recorder{first, last} {
		if got := r.Texts(); !slices.Equal(got, []string{"info: one", report}) {
			t.Errorf("got %q", got)
		}
	}
	told := last.Events()[1]
	if !strings.Contains(told.Failure.Error(), "broken is broken") || !strings.Contains(told.Stack, "spy).Observe") || loggertest.Value(told, "pause").Duration() != time.Second {
		t.Errorf("%+v", told)
	}
	p.Observe(event("two")) // it is left alone
	clock = clock.Add(time.Second)
	p.Observe(event("three")) // it is tried, and fails again: twice as long
	if len(list) != 2 {
		t.Fatalf("it was called %d times", len(list))
	}
	again := last.Events()[4]
	if loggertest.Value(again, "panics").Int64() != 2 || loggertest.Value(again, "missed").Int64() != 1 || loggertest.Value(again, "pause").Duration() != 2*time.Second {
		t.Errorf("the second report: %v", again.Fields)
	}
	clock = clock.Add(2*time.Second - 1)
	p.Observe(event("four"))
	clock = clock.Add(1)
	broken.fail = false
	p.Observe(event("five"))
	broken.fail = true
	p.Observe(event("six")) // it was well in between: one second again
	e := last.Events()
	if len(list) != 4 || loggertest.Value(e[len(e)-1], "pause").Duration() != time.Second {
		t.Errorf("called %d times; %v", len(list), e[len(e)-1].Fields)
	}
	for range 20 {
		clock = clock.Add(time.Hour)
		p.Observe(event("more"))
	}
	e = last.Events()
	if got := loggertest.Value(e[len(e)-1], "pause").Duration(); got != 5*time.Minute {
		t.Errorf("the longest pause is %v", got)
	}
}

// TestAllBroken: observers that break over the report of the other one do not go on for ever.
func TestAllBroken(t *testing.T) {
	var list []string
	p := logger.NewPublisher(&spy{name: "a", list: &list, fail: true}, &spy{name: "b", list: &list, fail: true})
	p.Observe(event("x"))
	if len(list) != 2 {
		t.Errorf("called: %q", list)
	}
}

func TestPublisherConformance(t *testing.T) {
	loggertest.TestObserver(t, func(*testing.T) logger.Observer {
		return logger.NewPublisher(loggertest.NewRecorder(), &logger.Filter{Observer: loggertest.NewRecorder(), Predicates: []logger.Predicate{new(logger.LevelFilter), new(logger.Dedupe), new(logger.Sample), new(logger.RateLimit)}},
			&logger.FlightRecorder{Observer: loggertest.NewRecorder()})
	})
}

func TestTrace(t *testing.T) {
	var list []string
	a, b, c := &spy{name: "a", list: &list}, &spy{name: "b", list: &list}, &spy{name: "c", list: &list}
	filter := &logger.Filter{Observer: b, Predicates: []logger.Predicate{new(logger.LevelFilter)}, Negative: c}
	inner := logger.NewPublisher(filter, c)
	root := logger.NewPublisher(a, inner, c)
	e := event("x")
	e.Trace = new(logger.Trace)
	root.Observe(e)
	want := `*logger.Publisher
  -> *logger_test.spy (a)
  -> *logger.Publisher
    -> *logger.Filter
      -> *logger_test.spy (b)
    -> *logger_test.spy (c)
  -> *logger_test.spy (c)
`
	if got := e.Trace.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	var traced string
	logger.New("app", logger.NewTraced(root, func(_ *logger.Event, tr *logger.Trace) { traced = tr.String() })).Debug("x")
	if !strings.Contains(traced, "Filter\n      -> *logger_test.spy (c)") {
		t.Errorf("of a debug event:\n%s", traced)
	}
}

func TestFilter(t *testing.T) {
	say := func(r logger.Result) logger.Predicate {
		return logger.PredicateFunc(func(*logger.Event) logger.Result { return r })
	}
	results := []logger.Result{logger.Maybe, logger.Yes, logger.No}
	for _, a := range results {
		for _, b := range results {
			for _, c := range results {
				want := true
				for _, r := range []logger.Result{a, b, c} {
					if r != logger.Maybe {
						want = r == logger.Yes
						break
					}
				}
				yes, no := loggertest.NewRecorder(), loggertest.NewRecorder()
				f := &logger.Filter{Observer: yes, Predicates: []logger.Predicate{say(a), say(b), say(c)}, Negative: no}
				f.Observe(event("x"))
				if got := len(yes.Events()) == 1; got != want || len(no.Events()) == 1 == want {
					t.Errorf("%v, %v, %v: passes: %t", a, b, c, got)
				}
				(&logger.Filter{Predicates: f.Predicates}).Observe(event("x")) // no observers
			}
		}
	}
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "invalid predicate result: Result(7)") {
			t.Errorf("a result that is none: %q", r)
		}
	}()
	(&logger.Filter{Predicates: []logger.Predicate{say(7)}}).Observe(event("x"))
}

func TestFilterEnabled(t *testing.T) {
	rec := loggertest.NewRecorder()
	none := logger.NewPublisher()
	level := logger.NewLevelFilter(logger.Warn)
	unknown := logger.PredicateFunc(func(*logger.Event) logger.Result { return logger.Maybe })
	for i, tt := range []struct {
		f    *logger.Filter
		want bool // for Info
	}{
		{&logger.Filter{Observer: rec}, true},
		{&logger.Filter{}, false},
		{&logger.Filter{Observer: none}, false},
		{&logger.Filter{Observer: rec, Predicates: []logger.Predicate{level}}, false},
		{&logger.Filter{Observer: rec, Predicates: []logger.Predicate{level}, Negative: rec}, true},
		{&logger.Filter{Observer: rec, Predicates: []logger.Predicate{unknown, level}}, true},
		{&logger.Filter{Observer: rec, Predicates: []logger.Predicate{level, unknown}}, false},
		{&logger.Filter{Observer: rec, Predicates: []logger.Predicate{new(logger.LevelFilter), unknown}}, true},
	} {
		if got := tt.f.Enabled("app", logger.Info); got != tt.want {
			t.Errorf("%d: %t", i, got)
		}
	}
}

func TestLevelFilter(t *testing.T) {
	f := new(logger.LevelFilter)
	f.Set("app.web", logger.Debug)
	f.Set("app.web.static", logger.Error)
	f.Set("app.webx", logger.Critical)
	for namespace, want := range map[string]logger.Level{
		"": logger.Info, "app": logger.Info, "app.web": logger.Debug, "app.web.x": logger.Debug, "app.web.static": logger.Error, "app.web.static.y.z": logger.Error,
		"app.webb": logger.Info, "app.webx.y": logger.Critical, "other.app.web": logger.Info, ".": logger.Info, "app.web.": logger.Debug,
	} {
		if got := f.Level(namespace); got != want {
			t.Errorf("%q: %v, want %v", namespace, got, want)
		}
	}
	e := event("x")
	for _, tt := range []struct {
		namespace string
		level     logger.Level
		want      logger.Result
	}{{"app", logger.Debug, logger.No}, {"app", logger.Info, logger.Maybe}, {"app.web", logger.Debug, logger.Maybe}, {"app.web", logger.NoLevel, logger.No}, {"", logger.Info, logger.Maybe}} {
		e.Namespace, e.Level = tt.namespace, tt.level
		if got := f.Decide(e); got != tt.want {
			t.Errorf("%q at %v: %v", tt.namespace, tt.level, got)
		}
	}
	f.Set("", logger.Error)
	if got := f.Levels(); len(got) != 4 || got[""] != logger.Error || f.Level("app") != logger.Error {
		t.Errorf("levels: %v", got)
	}
	f.Clear()
	if f.Level("app.web") != logger.Info || f.Level("") != logger.Info {
		t.Errorf("after Clear: %v", f.Levels())
	}
	d := logger.NewLevelFilter(logger.Warn)
	d.Set("x", logger.Debug)
	d.Clear()
	if d.Level("x") != logger.Warn {
		t.Errorf("after Clear: %v", d.Levels())
	}
}

func TestSample(t *testing.T) {
	clock := time.Unix(0, 0)
	s := &logger.Sample{First: 3, Every: 4, Now: func() time.Time { return clock }}
	pass := func(e *logger.Event) int {
		n := 0
		for range 15 {
			if s.Decide(e) == logger.Maybe {
				n++
			}
		}
		return n
	}
	failed := event("x")
	failed.Level = logger.Error
	for i, want := range []int{3 + 3, 6, 15} {
		if got := pass([]*logger.Event{event("a"), event("b"), failed}[i]); got != want {
			t.Errorf("%d: %d pass, want %d", i, got, want)
		}
	}
	clock = clock.Add(time.Second)
	if got := pass(event("a")); got != 6 {
		t.Errorf("in the next period: %d", got)
	}
}

func TestRateLimit(t *testing.T) {
	clock := time.Unix(0, 0)
	r := &logger.RateLimit{Rate: 2, Burst: 3, Now: func() time.Time { return clock }}
	pass := func() (n int) {
		for range 10 {
			if r.Decide(event("a")) == logger.Maybe {
				n++
			}
		}
		return n
	}
	got := []int{pass()}
	for _, d := range []time.Duration{time.Second, 500 * time.Millisecond, time.Minute, -time.Hour} {
		clock = clock.Add(d)
		got = append(got, pass())
	}
	if !slices.Equal(got, []int{3, 2, 1, 3, 0}) || r.Dropped() != 41 {
		t.Errorf("got %v, dropped %d", got, r.Dropped())
	}
	if r.Decide(event("b")) != logger.Maybe {
		t.Error("another event is held back too")
	}
}

func TestDedupe(t *testing.T) {
	clock := time.Unix(0, 0)
	d := &logger.Dedupe{Now: func() time.Time { return clock }}
	with := func(n int) *logger.Event {
		e := event("a {n}")
		e.Fields = []slog.Attr{slog.Int("n", n)}
		return e
	}
	var got []logger.Result
	for _, n := range []int{1, 1, 2, 1} {
		got = append(got, d.Decide(with(n)))
	}
	clock = clock.Add(10 * time.Second)
	got = append(got, d.Decide(with(1)))
	if !slices.Equal(got, []logger.Result{logger.Maybe, logger.No, logger.Maybe, logger.No, logger.Maybe}) {
		t.Errorf("got %v", got)
	}
	for n := range 10_000 { // what it remembers is bounded
		d.Decide(with(n))
	}
}

func TestHistory(t *testing.T) {
	for _, tt := range []struct{ size, emit, first, n int }{{0, 70_000, 70_000 - logger.DefaultHistory, logger.DefaultHistory}, {3, 2, 0, 2}, {3, 3, 0, 3}, {3, 7, 4, 3}, {-1, 70_000, 0, 70_000}} {
		h := &logger.History{Size: tt.size}
		e := event("x")
		e.Fields = []slog.Attr{{}}
		for i := range tt.emit {
			e.Fields[0] = slog.Int("i", i) // it is written to again: the history keeps copies
			h.Observe(e)
		}
		i := tt.first
		h.ReplayTo(logger.ObserverFunc(func(e *logger.Event) {
			if got := loggertest.Value(e, "i").Int64(); got != int64(i) {
				t.Fatalf("size %d: got %d, want %d", tt.size, got, i)
			}
			i++
		}))
		if i-tt.first != tt.n {
			t.Errorf("size %d: %d events", tt.size, i-tt.first)
		}
		if h.Clear(); len(h.Events()) != 0 {
			t.Error("not cleared")
		}
	}
}

func TestFlightRecorder(t *testing.T) {
	rec := loggertest.NewRecorder()
	log := logger.New("app", &logger.FlightRecorder{Observer: rec, Size: 2})
	for _, s := range []string{"1", "2", "3"} {
		log.Debug(s)
	}
	log.Info("i")
	log.Failure(errors.New("bad"), "f")
	log.Debug("4")
	log.Error("e")
	if got := rec.Texts(); !slices.Equal(got, []string{"info: i", "debug: 2", "debug: 3", "critical: f", "debug: 4", "error: e"}) {
		t.Errorf("got %q", got)
	}
}
