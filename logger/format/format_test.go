// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package format_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/loggertest"
)

var clock = time.Unix(1709211845, 678000)

func event(text string, fields ...slog.Attr) *logger.Event {
	return &logger.Event{Time: clock, Level: logger.Info, Namespace: "app.web", Format: text, HasFormat: true, Fields: fields}
}

func TestClassic(t *testing.T) {
	system := event("y")
	system.System = "sys"
	nothing := event("x")
	nothing.Format, nothing.HasFormat = "", false
	failed := event("it failed")
	failed.Failure, failed.Stack = fmt.Errorf("outer: %w", errors.New("inner")), "main.f(...)\n\tx.go:1\n"
	silent := *failed
	silent.Format = ""
	kolkata := time.FixedZone("IST", 5*3600+1800)
	for _, tt := range []struct {
		name  string
		event *logger.Event
		o     format.Options
		want  string
	}{
		{"hello", event("Hello {who}", slog.String("who", "bob")), format.Options{}, "2024-02-29T13:04:05+0000 [app.web#info] Hello bob\n"},
		{"lines", event("Hello\nline2"), format.Options{}, "2024-02-29T13:04:05+0000 [app.web#info] Hello\n\tline2\n"},
		{"system", system, format.Options{}, "2024-02-29T13:04:05+0000 [sys] y\n"},
		{"zone", event("z"), format.Options{Location: kolkata}, "2024-02-29T18:34:05+0530 [app.web#info] z\n"},
		{"bare", &logger.Event{Level: logger.NoLevel, Format: "x", HasFormat: true}, format.Options{}, "- [-#-] x\n"},
		{"no time", event("x"), format.Options{Layout: "-"}, "- [app.web#info] x\n"},
		{"fraction", event("x"), format.Options{Layout: "15:04:05.000000"}, "13:04:05.000678 [app.web#info] x\n"},
		{"legacy layout", system, format.Options{Layout: "2006-01-02 15:04:05-0700"}, "2024-02-29 13:04:05+0000 [sys] y\n"},
		{"nothing", nothing, format.Options{}, ""},
		{"empty", event(""), format.Options{}, ""},
		{"failure", failed, format.Options{}, "2024-02-29T13:04:05+0000 [app.web#info] it failed\n\t*fmt.wrapError: outer: inner\n\tcaused by *errors.errorString: inner\n\tmain.f(...)\n\t\tx.go:1\n"},
		{"failure without text", &silent, format.Options{NoTimestamp: true, NoSystem: true}, "\n\t*fmt.wrapError: outer: inner\n\tcaused by *errors.errorString: inner\n\tmain.f(...)\n\t\tx.go:1\n"},
		{"no traceback", failed, format.Options{NoTraceback: true, NoTimestamp: true, NoSystem: true}, "it failed\n"},
		{"unformattable", event("Hello {who}", slog.String("a", "b")), format.Options{NoTimestamp: true, NoSystem: true}, `Unable to format event {log_format: "Hello {who}", a: "b"}: there is no field "who"` + "\n"},
	} {
		if tt.o.Location == nil {
			tt.o.Location = time.UTC
		}
		if got := format.Classic(tt.event, tt.o); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
		if got, want := format.AsText(tt.event, tt.o), strings.TrimSuffix(strings.ReplaceAll(tt.want, "\n\t", "\n"), "\n"); got != want {
			t.Errorf("%s, as text:\ngot  %q\nwant %q", tt.name, got, want)
		}
	}
}

// TestLogInjection: HARDENING, class 61. What a peer gets into the log neither begins a line nor steers the terminal.
func TestLogInjection(t *testing.T) {
	evil := "x\n2024-02-29T13:04:05+0000 [app.web#info] root logged in\r\x1b[2J\x1b]0;title\x07\u202e\u0085\xff"
	e := event("user {u}", slog.String("u", evil))
	e.System = "a]\n" + evil
	e.Failure = errors.New(evil)
	for name, text := range map[string]string{"classic": format.Classic(e, format.Options{}), "logfmt": string(format.Logfmt(nil, e, format.Options{}))} {
		for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if i > 0 && !strings.HasPrefix(line, "\t") {
				t.Errorf("%s: a line begins with %q", name, line)
			}
			if strings.ContainsAny(line, "\r\x1b\x07\u202e\u0085") || strings.Contains(line, "\xff") {
				t.Errorf("%s: not escaped: %q", name, line)
			}
		}
	}
}

func TestBound(t *testing.T) {
	e := event("{a}{a}", slog.String("a", strings.Repeat("\x00", 60_000)))
	e.Failure = errors.New(strings.Repeat("y", 100_000))
	if n := len(format.Classic(e, format.Options{})); n > 64<<10+1 {
		t.Errorf("a line of %d octets", n)
	}
	if n := len(format.Logfmt(nil, e, format.Options{})); n > 64<<10+1 {
		t.Errorf("a logfmt line of %d octets", n)
	}
}

func TestTime(t *testing.T) {
	if got := format.Time(clock.In(time.FixedZone("", -3600)), format.RFC3339); got != "2024-02-29T12:04:05-0100" {
		t.Error(got)
	}
	if a, b := format.Time(time.Time{}, format.RFC3339), format.Time(clock, ""); a != "-" || b != "-" {
		t.Error(a, b)
	}
}

// TestLocalTime runs this test in another zone.
func TestLocalTime(t *testing.T) {
	if os.Getenv("TZ_TEST") != "" {
		fmt.Print(format.Classic(event("z"), format.Options{}))
		os.Exit(0)
	}
	if _, err := time.LoadLocation("Asia/Kolkata"); err != nil {
		t.Skip(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("the environment names no zone there")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLocalTime$")
	cmd.Env = append(os.Environ(), "TZ=Asia/Kolkata", "TZ_TEST=1")
	out, err := cmd.Output()
	if want := "2024-02-29T18:34:05+0530 [app.web#info] z\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v", out, err)
	}
}

type rude struct{}

func (rude) String() string { panic("rude") }

func TestMessageLost(t *testing.T) {
	got := event("{x}", slog.Any("x", rude{}), slog.String("ok", "fine")).Text()
	for _, part := range []string{"MESSAGE LOST: unformattable object logged: panic: rude", `log_format = "{x}"`, `ok = "fine"`, "x = <format_test.rude: panic: rude>"} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %q in %q", part, got)
		}
	}
}

func TestFlatten(t *testing.T) {
	calls := 0
	f := func() string { calls++; return "x" }
	e := event("{n:05d} {n:05d} {n!r} {f()} {d[k]} {gone}", slog.Int("n", 42), slog.Any("f", f), slog.Group("d", slog.Int("k", 1)))
	flat := format.Flatten(e)
	var keys []string
	for _, a := range flat {
		keys = append(keys, a.Key+"="+a.Value.String())
	}
	want := []string{"n!s:05d=42", "n!:05d=42", "n!s:05d/2=42", "n!:05d/2=42", "n!r:=42", "n!:=42", "f()!s:=x", "f()!:=x", "d[k]!s:=1", "d[k]!:=1"}
	if !slices.Equal(keys, want) || e.Flattened != nil {
		t.Errorf("got %q", keys)
	}
	later := e.Clone()
	later.Format = "{n:05d} {n:05d} {n!r} {f()} {d[k]}"
	later.Flattened, later.Fields = flat, nil
	if got := later.Text(); got != "42 42 42 x 1" || calls != 1 {
		t.Errorf("from the flattened data: %q, f called %d times", got, calls)
	}
	if again := format.Flatten(later); len(again) != len(flat) || calls != 1 {
		t.Errorf("flattened again: %v", again)
	}
	later.Format = "{other}"
	if got := later.Text(); !strings.HasPrefix(got, "Unable to format event") || !strings.Contains(got, `"other!s:"`) {
		t.Errorf("a field that was not kept: %q", got)
	}
}

func TestExtractField(t *testing.T) {
	e := event("{a.b} {f()}", slog.Group("a", slog.Int("b", 7), slog.Int("c", 8)), slog.Any("f", func() string { return "x" }))
	kept := e.Clone()
	kept.Flattened, kept.Fields = format.Flatten(e), nil
	for _, tt := range []struct {
		field, live, kept string
	}{{"a.b", "7", "7"}, {"f()", "x", "x"}, {"a.c", "8", "error"}, {"a[b]", "7", "error"}, {"x", "error", "error"}, {"log_namespace", "app.web", "app.web"}, {"log_level", "info", "info"}, {"", "error", "error"}} {
		extract := func(e *logger.Event) string {
			v, err := format.ExtractField(tt.field, e)
			if err != nil {
				return "error"
			}
			return v.String()
		}
		if live, kept := extract(e), extract(kept); live != tt.live || kept != tt.kept {
			t.Errorf("%q: got %q and, flattened, %q; want %q, %q", tt.field, live, kept, tt.live, tt.kept)
		}
	}
}

func TestFields(t *testing.T) {
	got, err := format.Fields("{{ {a.b!r:>3} x {c()}")
	if err != nil || !slices.Equal(got, []string{"a.b", "c()"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := format.Fields("{"); err == nil {
		t.Error("no error")
	}
}

func TestLogfmt(t *testing.T) {
	e := event("Hello {who}", slog.String("who", "bob"), slog.String("q", `a "b"=c`), slog.Group("g", slog.Int("x", 1), slog.String("e", "")), slog.String("bad key=", "v"), slog.Any("rude", rude{}))
	want := `time=2024-02-29T13:04:05+0000 level=info namespace=app.web msg="Hello bob" who=bob q="a \"b\"=c" g.x=1 g.e="" bad_key_=v rude="!panic: rude"` + "\n"
	if got := string(format.Logfmt(nil, e, format.Options{Location: time.UTC})); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestLazy: nobody's String is called before text is asked for.
func TestLazy(t *testing.T) {
	calls := 0
	log, logged := loggertest.New("test")
	log.Info("{x}", slog.Any("x", counter{&calls}), slog.Any("v", valuer{&calls}))
	if calls != 0 {
		t.Errorf("%d calls before an observer wanted text", calls)
	}
	if got := logged.Events()[0].Text(); got != "1" {
		t.Errorf("got %q", got)
	}
}

type counter struct{ n *int }

func (c counter) String() string { *c.n++; return fmt.Sprint(*c.n) }

type valuer struct{ n *int }

func (c valuer) LogValue() slog.Value { *c.n++; return slog.IntValue(*c.n) }

func ExampleClassic() {
	e := &logger.Event{
		Time: time.Unix(1709211845, 0), Level: logger.Info, Namespace: "app.web", Format: "Hello {who}, {n:03d} times", HasFormat: true,
		Fields: []slog.Attr{slog.String("who", "bob"), slog.Int("n", 7)},
	}
	fmt.Print(format.Classic(e, format.Options{Location: time.UTC}))
	// Output: 2024-02-29T13:04:05+0000 [app.web#info] Hello bob, 007 times
}

func ExampleLogfmt() {
	e := &logger.Event{Level: logger.Warn, Namespace: "app", Format: "disk {disk} is full", HasFormat: true, Fields: []slog.Attr{slog.String("disk", "sda 1")}}
	fmt.Print(string(format.Logfmt(nil, e, format.Options{})))
	// Output: level=warn namespace=app msg="disk sda 1 is full" disk="sda 1"
}
