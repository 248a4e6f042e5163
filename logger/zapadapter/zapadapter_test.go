// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/race"
	"github.com/torsion-go/torsion/logger/internal/text"
	"github.com/torsion-go/torsion/logger/slogadapter"
)

// foreign is a core of zap's own.
func foreign(w io.Writer) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig()), zapcore.AddSync(w), zapcore.DebugLevel)
}

func TestSlogtest(t *testing.T) {
	for name, handler := range map[string]func(io.Writer) slog.Handler{
		"JSON":         func(w io.Writer) slog.Handler { return NewHandler(NewJSON(w, nil), nil) },
		"zap's core":   func(w io.Writer) slog.Handler { return NewHandler(foreign(w), nil) },
		"events":       func(w io.Writer) slog.Handler { return slogadapter.New(NewObserver(NewJSON(w, nil), nil), nil) },
		"events, zap":  func(w io.Writer) slog.Handler { return slogadapter.New(NewObserver(foreign(w), nil), nil) },
		"core of ours": func(w io.Writer) slog.Handler { return NewHandler(NewCore(NewObserver(NewJSON(w, nil), nil)), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler { buf.Reset(); return handler(&buf) }, func(t *testing.T) map[string]any {
				var m map[string]any
				if err := json.Unmarshal(buf.Bytes(), &m); err != nil {
					t.Fatalf("%v in %s", err, &buf)
				}
				return m
			})
		})
	}
}

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("no") }

type stack struct{ error }

func (stack) Traceback() string { return "main.f" }

func TestLines(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 500000000, time.UTC)
	tests := []struct {
		name string
		e    logger.Event
		want string
	}{
		{"all", logger.Event{Time: at, Level: logger.Critical, Namespace: "app.web", System: "sys", Format: "Hello {who}", HasFormat: true, Failure: errors.New("boom"), Stack: "st",
			Fields: []slog.Attr{slog.String("who", "bob"), slog.Group("g", "n", 1, slog.Group("h", "b", true))}},
			`{"level":"critical","time":"2026-11-22T10:00:00.5Z","namespace":"app.web","msg":"Hello bob","system":"sys","who":"bob","g":{"n":1,"h":{"b":true}},"error":"boom","stack":"st"}`},
		{"kinds", logger.Event{Level: logger.Debug, Fields: []slog.Attr{slog.Uint64("u", math.MaxUint64), slog.Float64("f", 1.5), slog.Duration("d", time.Second), slog.Time("t", at),
			slog.Time("old", time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC)), slog.Any("nil", nil), slog.Any("m", map[string]int{"k": 1}), slog.Any("a", &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5})}},
			`{"level":"debug","msg":"","u":18446744073709551615,"f":1.5,"d":1000000000,"t":"2026-11-22T10:00:00.5Z","old":"1000-01-01T00:00:00Z","nil":null,"m":{"k":1},"a":"1.2.3.4:5"}`},
		{"class 61", logger.Event{Level: logger.Info, Format: "a\nb\x1b[2J", HasFormat: true}, `{"level":"info","msg":"a\nb\u001b[2J"}`},
		{"cannot be encoded", logger.Event{Level: logger.Warn, Fields: []slog.Attr{slog.Any("p", panics{}), slog.Any("c", make(chan int))}},
			`{"level":"warn","msg":"","pError":"panic: no","cError":"json: unsupported type: chan int"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var buf, zaps bytes.Buffer
			NewObserver(NewJSON(&buf, nil), nil).Observe(&tt.e)
			NewObserver(foreign(&zaps), nil).Observe(&tt.e)
			if buf.String() != tt.want+"\n" {
				t.Errorf("got  %swant %s", &buf, tt.want)
			}
			if zaps.String() != buf.String() {
				t.Errorf("zap's core %sours      %s", &zaps, &buf)
			}
		})
	}
}

func TestErrorWithStack(t *testing.T) {
	var buf, zaps bytes.Buffer
	for _, w := range []*bytes.Buffer{&buf, &zaps} {
		core := NewJSON(w, nil)
		if w == &zaps {
			core = foreign(w)
		}
		slog.New(NewHandler(core, nil)).Error("x", "cause", stack{errors.New("boom")})
		if !strings.Contains(w.String(), `"cause":"boom","stack":"main.f"`) {
			t.Errorf("no stack in %s", w)
		}
	}
}

func TestSource(t *testing.T) {
	var buf bytes.Buffer
	l := slog.New(NewHandler(NewJSON(&buf, nil), &Options{AddSource: true, Namespace: "ns"}))
	_, _, line, _ := runtime.Caller(0)
	l.Info("x")
	slog.New(slogadapter.New(NewObserver(NewJSON(&buf, nil), &Options{AddSource: true, Namespace: "ns"}), nil)).Info("x")
	zap.New(NewCore(NewObserver(NewJSON(&buf, nil), &Options{AddSource: true, Namespace: "ns"})), zap.AddCaller()).Info("x")
	for i, got := range strings.Split(strings.TrimSpace(buf.String()), "\n") {
		if want := fmt.Sprintf(`"namespace":"ns","source":"zapadapter/zapadapter_test.go:%d"`, line+1+i); !strings.Contains(got, want) {
			t.Errorf("%s does not have %s", got, want)
		}
	}
}

// TestBound is the bound on an event, of whatever it is that is long.
func TestBound(t *testing.T) {
	long := strings.Repeat("\x00", 1<<17)
	var many []slog.Attr
	for i := range 5000 {
		many = append(many, slog.Int(fmt.Sprint("key", i), i))
	}
	for name, e := range map[string]logger.Event{
		"message": {Format: long}, "stack": {Stack: long}, "namespace": {Namespace: long}, "system": {System: long}, "string": {Fields: []slog.Attr{slog.String("s", long)}},
		"key": {Fields: []slog.Attr{slog.Int(long, 1)}}, "value": {Fields: []slog.Attr{slog.Any("v", make([]int, 1<<16))}}, "many": {Fields: many},
		"group": {Fields: []slog.Attr{{Key: "g", Value: slog.GroupValue(many...)}}}, "error": {Failure: errors.New(long)},
		"all": {Format: long, Stack: long, Namespace: long, Fields: append([]slog.Attr{slog.String(long, long)}, many...)},
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			h := NewHandler(NewJSON(&buf, nil), nil)
			NewObserver(h.core, nil).Observe(&e)
			r := slog.NewRecord(time.Time{}, slog.LevelInfo, e.Format, 0)
			r.AddAttrs(e.Fields...)
			if err := h.Handle(context.Background(), r); err != nil {
				t.Error(err)
			}
			if err := h.WithAttrs(e.Fields).WithGroup("g").Handle(context.Background(), r); err != nil {
				t.Error(err)
			}
			for _, line := range strings.SplitAfter(buf.String(), "\n")[:3] {
				if len(line) > text.Max || !json.Valid([]byte(line)) {
					t.Errorf("%d octets: %.200q", len(line), line)
				}
			}
			if !strings.Contains(buf.String(), `"truncated":true`) {
				t.Errorf("nothing tells: %.300s", buf.String())
			}
		})
	}
}

func TestLevels(t *testing.T) {
	var level slog.LevelVar
	var buf bytes.Buffer
	core := NewJSON(&buf, &level)
	h, ctx := NewHandler(core, nil), context.Background()
	o := NewObserver(core, nil)
	for l, want := range map[slog.Level]bool{slog.LevelDebug: false, slog.LevelInfo - 1: false, slog.LevelInfo: true, slog.LevelInfo + 1: true, slog.Level(logger.Critical): true} {
		if h.Enabled(ctx, l) != want || h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).Enabled(ctx, l) != want || o.Enabled("", logger.Level(l)) != want {
			t.Errorf("%v: not %v", l, want)
		}
	}
	level.Set(slog.LevelError)
	o.Observe(&logger.Event{Level: logger.Warn})
	zap.New(core).Warn("no")
	if h.Enabled(ctx, slog.LevelWarn) || buf.Len() > 0 {
		t.Error("the level did not change")
	}
	for z, want := range map[zapcore.Level]logger.Level{zapcore.DebugLevel: logger.Debug, zapcore.InfoLevel: logger.Info, zapcore.WarnLevel: logger.Warn, zapcore.ErrorLevel: logger.Error,
		zapcore.DPanicLevel: logger.Critical, zapcore.FatalLevel: logger.Critical} {
		if got := fromZap(z); got != want {
			t.Errorf("%v is %v, want %v", z, got, want)
		}
		if z <= zapcore.DPanicLevel && toZap(slog.Level(want)) != z {
			t.Errorf("%v is %v", want, toZap(slog.Level(want)))
		}
	}
}

func TestTimes(t *testing.T) {
	f := func(t2 time.Time) string {
		enc := zapcore.NewMapObjectEncoder()
		enc.AddArray("a", zapcore.ArrayMarshalerFunc(func(a zapcore.ArrayEncoder) error { encodeTime(t2, a); return nil }))
		return fmt.Sprint(enc.Fields["a"].([]any)[0])
	}
	base := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	for _, loc := range []*time.Location{time.UTC, time.FixedZone("x", 19800), time.FixedZone("y", -3600)} {
		for _, ns := range []int{0, 1, 10, 123456789, 500000000, 999999999} {
			at := base.In(loc).Add(time.Duration(ns))
			if got, want := f(at), at.Format(time.RFC3339Nano); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func TestCore(t *testing.T) {
	var got logger.Event
	var fields string
	core := NewCore(logger.ObserverFunc(func(e *logger.Event) { got, fields = *e, fmt.Sprint(e.Fields) }))
	l := zap.New(core).Named("app").Named("web").With(zap.Int8("i", -1), zap.Namespace("g"))
	l.DPanic("100 {%}", zap.Error(stack{errors.New("boom")}), zap.Float32("f", 0.5), zap.Duration("d", time.Second), zap.ByteString("b", []byte("x")), zap.Skip(),
		zap.Time("t", time.Unix(0, 0).UTC()), zap.Stringer("s", net.IPv4(1, 2, 3, 4)), zap.Strings("l", []string{"a"}), zap.Inline(group{zap.Int("y", 2), zap.Int("x", 1)}), zap.Object("o", group{zap.Bool("k", true)}))
	if got.Namespace != "app.web" || got.Format != "100 {{%}}" || got.Level != logger.Critical || got.Failure == nil || got.Stack != "main.f" {
		t.Errorf("event %+v", got)
	}
	if want := "[i=-1 g=[error=boom f=0.5 d=1s b=x t=1970-01-01 00:00:00 +0000 UTC s=1.2.3.4 l=[a] x=1 y=2 o=map[k:true]]]"; fields != want {
		t.Errorf("fields %s\nwant   %s", fields, want)
	}
	zap.New(core).Error("x", zap.Error(errors.New("boom")), zap.Namespace("empty"))
	if got.Failure == nil || fields != "[]" {
		t.Errorf("failure %v, fields %s", got.Failure, fields)
	}
}

type byNamespace struct{ logger.ObserverFunc }

func (byNamespace) Enabled(ns string, l logger.Level) bool { return ns == "app" || l >= logger.Error }

func TestCoreAsksPerNamespace(t *testing.T) {
	var n int
	l := zap.New(NewCore(byNamespace{func(*logger.Event) { n++ }}))
	l.Info("no")
	l.Named("app").Info("yes")
	l.Error("yes")
	if n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
func (failing) Sync() error               { return io.ErrClosedPipe }

func TestErrorsAreCounted(t *testing.T) {
	core := NewJSON(failing{}, nil)
	o := NewObserver(core, nil)
	o.Observe(&logger.Event{})
	if o.Errors() != 1 || NewHandler(core, nil).Handle(context.Background(), slog.Record{}) == nil || core.Sync() == nil {
		t.Error("an error was lost")
	}
}

func TestOneLineAtATime(t *testing.T) {
	var buf bytes.Buffer
	o := NewObserver(NewJSON(&buf, nil), nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				o.Observe(&logger.Event{Format: "x", Fields: []slog.Attr{slog.Int("g", g), slog.Int("i", i)}})
			}
		})
	}
	wg.Wait()
	for line := range strings.Lines(buf.String()) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("%q", line)
		}
	}
}

func TestAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	l, ctx := slog.New(NewHandler(NewJSON(io.Discard, slog.LevelInfo), nil)), context.Background()
	o := NewObserver(NewJSON(io.Discard, slog.LevelInfo), nil)
	e := logger.Event{Time: time.Now(), Format: message, Fields: attrs}
	for name, f := range map[string]func(){
		"record": func() {
			l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("method", "GET"), slog.Int("status", 200), slog.Bool("b", true))
		},
		"event":    func() { o.Observe(&e) },
		"disabled": func() { l.Debug(message); o.Enabled("", logger.Debug) },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func ExampleNewJSON() {
	var out bytes.Buffer
	log := slog.New(NewHandler(NewJSON(&out, slog.LevelInfo), &Options{Namespace: "app.web"}))
	log.Info("answered", "status", 200, slog.Group("peer", "ip", net.IPv4(192, 0, 2, 1)))
	_, line, _ := strings.Cut(out.String(), `"namespace"`)
	fmt.Print(`..."namespace"`, line)
	// Output: ..."namespace":"app.web","msg":"answered","status":200,"peer":{"ip":"192.0.2.1"}}
}
