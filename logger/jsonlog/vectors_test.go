// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/loggertest"
)

var clock = time.Unix(1709211845, 678000)

func event(level logger.Level, format string, fields ...slog.Attr) *logger.Event {
	return &logger.Event{Time: clock, Level: level, Namespace: "app.web", Format: format, HasFormat: true, Fields: fields}
}

func level(name string) string {
	return `{"name": "` + name + `", "__class_uuid__": "02e59486-f24d-46ad-8224-3acdf2a5732a"}`
}

// own is what stands behind the fields of each event of the vectors.
func own(name, format string) string {
	return `"log_logger": {"unpersistable": true}, "log_level": ` + level(name) + `, "log_namespace": "app.web", "log_source": null, "log_format": ` + format + `, "log_time": 1709211845.000678`
}

// TestVectors holds the octets of what Twisted writes.
func TestVectors(t *testing.T) {
	noFormat := event(logger.Info, "", slog.Int("x", 1))
	noFormat.HasFormat = false
	for _, tt := range []struct {
		name  string
		event *logger.Event
		want  string
	}{
		{"hello", event(logger.Info, "Hello {who}", slog.String("who", "bob")),
			`{"who": "bob", ` + own("info", `"Hello {who}"`) + `, "log_flattened": {"who!s:": "bob", "who!:": "bob"}}`},
		{"kinds", event(logger.Warn, "n={n:05d} r={o!r} s={o} c={f()} a={o.real} i={d[k]}",
			slog.Int("n", 42), slog.Int("o", 7), slog.Any("f", func() string { return "x" }), slog.Any("d", map[string]int{"k": 1})),
			`{"n": 42, "o": 7, "f": {"unpersistable": true}, "d": {"k": 1}, ` + own("warn", `"n={n:05d} r={o!r} s={o} c={f()} a={o.real} i={d[k]}"`) +
				`, "log_flattened": {"n!s:05d": "42", "n!:05d": 42, "o!r:": "7", "o!:": 7, "o!s:": "7", "o!:/2": 7, "f()!s:": "x", "f()!:": "x", "o.real!s:": "7", "o.real!:": 7, "d[k]!s:": "1", "d[k]!:": 1}}`},
		{"bytes", event(logger.Error, "bytes {b}", slog.Any("b", []byte{0xff, 0, 'a'})),
			`{"b": "\u00ff\u0000a", ` + own("error", `"bytes {b}"`) + `, "log_flattened": {"b!s:": "b'\\xff\\x00a'", "b!:": "\u00ff\u0000a"}}`},
		{"level", event(logger.Critical, "lvl {lv}", slog.Any("lv", logger.Warn)),
			`{"lv": ` + level("warn") + `, ` + own("critical", `"lvl {lv}"`) + `, "log_flattened": {"lv!s:": "<LogLevel=warn>", "lv!:": ` + level("warn") + `}}`},
		{"again", event(logger.Info, "twice {a} {a} {a!r}", slog.Int("a", 1)),
			`{"a": 1, ` + own("info", `"twice {a} {a} {a!r}"`) + `, "log_flattened": {"a!s:": "1", "a!:": 1, "a!s:/2": "1", "a!:/2": 1, "a!r:": "1", "a!:/3": 1}}`},
		{"unicode", event(logger.Info, "uni {a}", slog.String("a", "\u00e9\u2603\U0001f600")),
			`{"a": "\u00e9\u2603\ud83d\ude00", ` + own("info", `"uni {a}"`) + `, "log_flattened": {"a!s:": "\u00e9\u2603\ud83d\ude00", "a!:": "\u00e9\u2603\ud83d\ude00"}}`},
		{"no format", noFormat, `{"x": 1, ` + own("info", `null`) + `}`},
		{"no fields", event(logger.Info, "k", slog.Int("weird key", 1), slog.Any("n", nil), slog.Any("t", []int{1, 2}), slog.Any("s", struct{ a int }{1})),
			`{"weird key": 1, "n": null, "t": [1, 2], "s": {"unpersistable": true}, ` + own("info", `"k"`) + `}`},
		{"bare", &logger.Event{Level: logger.NoLevel}, `{}`},
		{"bare object", &logger.Event{Level: logger.NoLevel, Fields: []slog.Attr{slog.Any("x", &struct{}{})}}, `{"x": {"unpersistable": true}}`},
		{"keys", &logger.Event{Level: logger.NoLevel, Fields: []slog.Attr{slog.Any("m", map[any]any{1: 2, [1]int{1}: 3, "k": []byte{0xe9}})}}, `{"m": {"1": 2, "k": "\u00e9"}}`},
	} {
		if got := string(jsonlog.Append(nil, tt.event, jsonlog.Options{})); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestFraming(t *testing.T) {
	bare := `{` + own("info", `"rs"`) + "}\n"
	for _, tt := range []struct {
		o    jsonlog.Options
		want string
	}{
		{jsonlog.Options{}, "\x1e" + bare},
		{jsonlog.Options{NDJSON: true}, bare},
		{jsonlog.Options{Separator: "--"}, "--" + bare},
	} {
		var b bytes.Buffer
		jsonlog.NewObserver(&b, tt.o).Observe(event(logger.Info, "rs"))
		if b.String() != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.o, b.String(), tt.want)
		}
	}
}

type panics struct{}

func (panics) String() string { panic("no") }

type named string

func TestValues(t *testing.T) {
	var nilError *fs.PathError
	loop := map[string]any{}
	loop["l"] = loop
	for _, tt := range []struct {
		in   any
		want string
	}{
		{1.0, "1.0"}, {1e16, "1e+16"}, {1e-5, "1e-05"}, {0.0001, "0.0001"}, {123456789012345.6, "123456789012345.6"}, {math.Copysign(0, -1), "-0.0"},
		{math.NaN(), "NaN"}, {math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"},
		{uint64(math.MaxUint64), "18446744073709551615"}, {new(big.Int).Lsh(big.NewInt(1), 70), "1180591620717411303424"},
		{"\b\f\n\r\t\x00\x7f/\"\\", `"\b\f\n\r\t\u0000\u007f/\"\\"`}, {"a\xffb", `"a\ufffdb"`}, {named("n"), `"n"`},
		{errors.New("why"), `"why"`}, {nilError, `null`}, {netip.MustParseAddr("::1"), `"::1"`}, {time.Second, `"1s"`}, {panics{}, `{"unpersistable": true}`},
		{make(chan int), `{"unpersistable": true}`}, {map[bool]float32{true: 0.5}, `{"true": 0.5}`}, {[]any{nil, map[string]any{}}, `[null, {}]`},
		{slog.GroupValue(slog.Int("a", 1), slog.Group("b", slog.Bool("c", true))), `{"a": 1, "b": {"c": true}}`},
	} {
		e := &logger.Event{Level: logger.NoLevel, Fields: []slog.Attr{slog.Any("v", tt.in)}}
		got := string(jsonlog.Append(nil, e, jsonlog.Options{}))
		if want := `{"v": ` + tt.want + `}`; got != want {
			t.Errorf("%T: got %s, want %s", tt.in, got, want)
		}
	}
	strict := jsonlog.Append(nil, &logger.Event{Level: logger.NoLevel, Fields: []slog.Attr{slog.Float64("v", math.NaN())}}, jsonlog.Options{Strict: true})
	if string(strict) != `{"v": null}` {
		t.Errorf("strict: %s", strict)
	}
	if got := jsonlog.Append(nil, event(logger.Info, "x", slog.Any("loop", loop)), jsonlog.Options{}); len(got) > jsonlog.MaxEvent {
		t.Errorf("a map that holds itself takes %d octets", len(got))
	}
}

// TestBound is for the limit of events (HARDENING: logs).
func TestBound(t *testing.T) {
	long := strings.Repeat("\x00", 100_000)
	var many []slog.Attr
	for i := range 20_000 {
		many = append(many, slog.String(fmt.Sprint("key", i), "value"))
	}
	for name, e := range map[string]*logger.Event{
		"string":  event(logger.Info, "{s} {s}", slog.String("s", long)),
		"bytes":   event(logger.Info, "{s}", slog.Any("s", []byte(long))),
		"list":    event(logger.Info, "{s}", slog.Any("s", make([]int, 1_000_000))),
		"many":    event(logger.Info, "{key1}", many...),
		"key":     event(logger.Info, "x", slog.Int(long, 1)),
		"format":  event(logger.Info, long),
		"system":  {Level: logger.Info, System: long},
		"strings": event(logger.Info, "x", slog.Any("s", []string{long, long, long})),
	} {
		text := jsonlog.Append(nil, e, jsonlog.Options{})
		if len(text) > jsonlog.MaxEvent {
			t.Errorf("%s: %d octets", name, len(text))
		}
		if !bytes.Contains(text, []byte(`"log_truncated": true`)) {
			t.Errorf("%s: it does not say that it was cut: %.100s", name, text)
		}
		if _, err := jsonlog.Parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReservedAndRepeatedKeys(t *testing.T) {
	e := event(logger.Info, "k", slog.Int("a", 1), slog.String("log_level", "mine"), slog.Int("a", 2))
	if got, want := string(jsonlog.Append(nil, e, jsonlog.Options{})), `{"a": 2, `+own("info", `"k"`)+`}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNanoseconds(t *testing.T) {
	e := event(logger.Info, "k")
	e.Time = time.Unix(1709211845, 123456789)
	back, err := jsonlog.Parse(jsonlog.Append(nil, e, jsonlog.Options{Nanoseconds: true}))
	if err != nil || !back.Time.Equal(e.Time) {
		t.Errorf("got %v, %v", back.Time, err)
	}
	back, err = jsonlog.Parse(jsonlog.Append(nil, e, jsonlog.Options{}))
	if err != nil || back.Time.Sub(e.Time).Abs() > 200*time.Nanosecond {
		t.Errorf("without: got %v, %v", back.Time, err)
	}
}

func TestFailureRoundTrip(t *testing.T) {
	e := event(logger.Critical, "reading")
	e.Failure = fmt.Errorf("config: %w", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})
	e.Stack = "main.inner(...)\n\t/src/a.go:7\nmain.main(...)\n\t/src/b.go:3\n"
	text := jsonlog.Append(nil, e, jsonlog.Options{})
	if !bytes.HasPrefix(text, []byte(`{"log_failure": {"count": `)) {
		t.Errorf("log_failure is not first: %s", text)
	}
	back, err := jsonlog.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := back.Failure.(*jsonlog.Failure)
	if !ok {
		t.Fatalf("the failure is %T", back.Failure)
	}
	if f.Error() != "fmt.wrapError: config: open x: file does not exist" {
		t.Errorf("message: %q", f.Error())
	}
	if !f.Check("io/fs.PathError") || f.Check("io.EOF") {
		t.Errorf("Check: parents are %v", f.Parents)
	}
	if len(f.Frames) != 2 || f.Frames[0] != (jsonlog.Frame{Function: "main.main", File: "/src/b.go", Line: 3}) {
		t.Errorf("frames: %+v", f.Frames)
	}
	if back.Stack != e.Stack {
		t.Errorf("stack: %q", back.Stack)
	}
	if again := jsonlog.Append(nil, back, jsonlog.Options{}); !bytes.Equal(again, text) {
		t.Errorf("written again:\n%s\nbefore:\n%s", again, text)
	}
}

type badWriter struct{ flushed int }

func (w *badWriter) Write(p []byte) (int, error) {
	if w.flushed > 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}
func (w *badWriter) Flush() error { w.flushed++; return nil }

func TestObserverErrors(t *testing.T) {
	w := new(badWriter)
	o := jsonlog.NewObserver(w, jsonlog.Options{})
	o.Observe(event(logger.Info, "a"))
	if err, n := o.Err(), o.Lost(); err != nil || n != 0 || w.flushed != 1 {
		t.Errorf("after the first: %v, %d, flushed %d", err, n, w.flushed)
	}
	o.Observe(event(logger.Info, "b"))
	if err, n := o.Err(), o.Lost(); err == nil || n != 1 {
		t.Errorf("after the second: %v, %d", err, n)
	}
}

func TestObserverConformance(t *testing.T) {
	loggertest.TestObserver(t, func(*testing.T) logger.Observer { return jsonlog.NewObserver(new(bytes.Buffer), jsonlog.Options{}) })
}

func BenchmarkAppend(b *testing.B) {
	e := event(logger.Info, "{method} {path} {status} in {took}", slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200),
		slog.Duration("took", 1234567), slog.Bool("tls", true))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = jsonlog.Append(dst[:0], e, jsonlog.Options{})
	}
}
