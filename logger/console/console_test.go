// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/internal/text"
)

var at = time.Date(2024, 2, 29, 13, 4, 5, 678000, time.UTC)

func show(e logger.Event, c Config) string {
	c.UTC = true
	return string(New(io.Discard, &c).Append(nil, &e))
}

func TestForms(t *testing.T) {
	boom := errors.New("boom bang")
	pc, _, _, _ := runtime.Caller(0)
	tests := []struct {
		name                  string
		e                     logger.Event
		text, logfmt, classic string
	}{
		{"message", logger.Event{Time: at, Level: logger.Info, Namespace: "app.web", Format: "Hello {who}", Fields: []slog.Attr{slog.String("who", "bob")}},
			"13:04:05.000 info  app.web: Hello bob\n",
			"time=2024-02-29T13:04:05.000678Z level=info namespace=app.web msg=\"Hello bob\" who=bob\n",
			"2024-02-29T13:04:05+0000 [app.web#info] Hello bob\n"},
		{"system", logger.Event{Time: at, Level: logger.Warn, Namespace: "app.web", System: "sys", Format: "y"},
			"13:04:05.000 warn  sys: y\n",
			"time=2024-02-29T13:04:05.000678Z level=warn namespace=app.web system=sys msg=y\n",
			"2024-02-29T13:04:05+0000 [sys] y\n"},
		{"bare", logger.Event{Level: logger.Debug, Format: "x"}, "debug x\n", "level=debug msg=x\n", "- [-#debug] x\n"},
		{"fields", logger.Event{Level: logger.Error, Format: "x", Fields: []slog.Attr{slog.Int("n", 1), slog.Group("g", "a", "two words", slog.Group("h", "b", time.Second)), slog.String("", ""), {}}},
			"error x n=1 g.a=\"two words\" g.h.b=1s _=\"\"\n", "level=error msg=x n=1 g.a=\"two words\" g.h.b=1s _=\"\"\n", "- [-#error] x n=1 g.a=\"two words\" g.h.b=1s _=\"\"\n"},
		{"failure", logger.Event{Level: logger.Critical, Format: "x", Failure: boom}, "critical x error=\"boom bang\"\n", "level=critical msg=x error=\"boom bang\"\n", "- [-#critical] x error=\"boom bang\"\n"},
		{"stack", logger.Event{Level: logger.Critical, Format: "x", Failure: boom, Stack: "main.f\n\tf.go:1\n"},
			"critical x\n\t*errors.errorString: boom bang\n\tmain.f\n\t\tf.go:1\n", "level=critical msg=x error=\"boom bang\" stack=\"main.f\\n\\tf.go:1\\n\"\n", "- [-#critical] x\n\t*errors.errorString: boom bang\n\tmain.f\n\t\tf.go:1\n"},
		{"lines", logger.Event{Level: logger.Info, Namespace: "a", Format: "one\nline2"}, "info  a: one\n\tline2\n", "level=info namespace=a msg=\"one\\nline2\"\n", "- [a#info] one\n\tline2\n"},
		{"nothing", logger.Event{Time: at, Level: logger.Info, Namespace: "a"}, "", "", ""},
		{"class 61", logger.Event{Level: logger.Info, Namespace: "n\n", Format: "a\r\x1b[2J\u009b\u202e\n- [x#info] forged", Fields: []slog.Attr{slog.String("k=\n", "\x1b]0;t\a")}},
			"info  n\\n: a\\r\\x1b[2J\\u009b\\u202e\n\t- [x#info] forged k__=\"\\x1b]0;t\\a\"\n",
			"level=info namespace=\"n\\n\" msg=\"a\\r\\x1b[2J\\u009b\\u202e\\n- [x#info] forged\" k__=\"\\x1b]0;t\\a\"\n",
			"- [n\\n#info] a\\r\\x1b[2J\\u009b\\u202e\n\t- [x#info] forged k__=\"\\x1b]0;t\\a\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for f, want := range map[Format]string{Text: tt.text, Logfmt: tt.logfmt, Classic: tt.classic} {
				if got := show(tt.e, Config{Format: f}); got != want {
					t.Errorf("form %d\ngot  %q\nwant %q", f, got, want)
				}
			}
		})
	}
	if got := show(logger.Event{Format: "x", PC: pc}, Config{AddSource: true}); !strings.HasPrefix(got, "info  x source=console/console_test.go:") {
		t.Errorf("%q", got)
	}
	if got := show(logger.Event{Time: at, Format: "x"}, Config{TimeFormat: "-", Format: Classic}); got != "- [-#info] x\n" {
		t.Errorf("%q", got)
	}
}

// TestOneText has each form show what package format shows.
func TestOneText(t *testing.T) {
	e := logger.Event{Time: at, Level: logger.Warn, Namespace: "n", Format: "Hello {who!r} {g.b:03d}{{}} {l[1]}", Failure: errors.New("no"), Fields: []slog.Attr{
		slog.String("who", "bob"), slog.Group("g", slog.Int("b", 7)), slog.Any("l", []int{1, 2}), slog.Any("raw", []byte("\xff")), slog.Group("", slog.Group("h", slog.Any("p", (*time.Time)(nil))))}}
	const body = `Hello "bob" 007{} 2 raw="b'\\xff'" h.p=<nil> error=no` + "\n"
	for f, want := range map[Format]string{Text: "13:04:05.000 warn  n: " + body, Classic: format.Classic(&e, format.Options{Location: time.UTC, Fields: true}),
		Logfmt: string(format.Logfmt(nil, &e, format.Options{Location: time.UTC, Layout: time.RFC3339Nano}))} {
		if got := show(e, Config{Format: f}); got != want || f != Logfmt && !strings.HasSuffix(want, body) {
			t.Errorf("form %d\ngot  %swant %s", f, got, want)
		}
	}
}

func TestLocalTime(t *testing.T) {
	c := Config{Format: Classic}
	e := logger.Event{Time: at.In(time.FixedZone("", 19800)), Format: "x"}
	if got, want := string(New(io.Discard, &c).Append(nil, &e)), at.Local().Format("2006-01-02T15:04:05-0700 [-#info] x\n"); got != want {
		t.Errorf("%q", got)
	}
}

func TestColors(t *testing.T) {
	e := logger.Event{Time: at, Level: logger.Error, Namespace: "n", Format: "x", Fields: []slog.Attr{slog.Int("a", 1)}}
	want := "\x1b[2m13:04:05.000\x1b[0m \x1b[31merror\x1b[0m \x1b[36mn\x1b[0m: x \x1b[2ma\x1b[0m=1\n"
	if got := show(e, Config{Color: ColorAlways}); got != want {
		t.Errorf("%q", got)
	}
	for _, f := range []Format{Logfmt, Classic} {
		if got := show(e, Config{Color: ColorAlways, Format: f}); strings.Contains(got, "\x1b") {
			t.Errorf("colours in form %d: %q", f, got)
		}
	}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"no terminal", nil, false},
		{"forced", map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"not forced", map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"NO_COLOR wins", map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, k := range []string{"NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"} {
				t.Setenv(k, tt.env[k])
			}
			if New(new(bytes.Buffer), nil).color != tt.want {
				t.Errorf("not %v", tt.want)
			}
			if New(new(bytes.Buffer), &Config{Color: ColorNever}).color {
				t.Error("ColorNever does not hold")
			}
		})
	}
}

// TestOnATerminal runs this test's child on a pseudo terminal, by util-linux's script.
func TestOnATerminal(t *testing.T) {
	if os.Getenv("CONSOLE_CHILD") != "" {
		slog.New(NewHandler(os.Stdout, nil)).Info("from the child")
		return
	}
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("no script(1) to make a terminal")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for term, want := range map[string]bool{"xterm": true, "dumb": false} {
		cmd := exec.Command(script, "-qec", "'"+self+"' -test.run=TestOnATerminal", "/dev/null")
		cmd.Env = append(os.Environ(), "CONSOLE_CHILD=1", "TERM="+term, "NO_COLOR=", "CLICOLOR_FORCE=")
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("from the child")) {
			t.Fatalf("%v: %q", err, out)
		}
		if bytes.Contains(out, []byte("\x1b[32minfo")) != want {
			t.Errorf("TERM=%s: %q", term, out)
		}
	}
	if r, w, err := os.Pipe(); err != nil || IsTerminal(w) {
		t.Error("a pipe is a terminal", err)
	} else {
		r.Close()
		w.Close()
		if IsTerminal(w) {
			t.Error("a closed file is a terminal")
		}
	}
}

// TestBound is the bound on an event, of whatever it is that is long.
func TestBound(t *testing.T) {
	long := strings.Repeat("é\x00", 1<<17)
	var many []slog.Attr
	for range 1 << 14 {
		many = append(many, slog.Int("key", 1))
	}
	for name, e := range map[string]logger.Event{
		"message": {Format: long}, "namespace": {Format: "x", Namespace: long}, "field": {Fields: []slog.Attr{slog.String("s", long)}}, "key": {Fields: []slog.Attr{slog.Int(long, 1)}},
		"many": {Fields: many}, "group": {Fields: []slog.Attr{{Key: "g", Value: slog.GroupValue(many...)}}}, "failure": {Failure: errors.New(long)}, "stack": {Format: "x", Stack: long},
	} {
		for _, f := range []Format{Text, Logfmt, Classic} {
			for _, c := range []Color{ColorNever, ColorAlways} {
				got := show(e, Config{Format: f, Color: c})
				if len(got) > text.Max || !utf8.ValidString(got) || !strings.HasSuffix(got, "\n") || strings.Count(got, "\n") > 2 {
					t.Errorf("%s in form %d: %d octets, %q", name, f, len(got), got[max(0, len(got)-50):])
				}
			}
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\nb", "k", "v\x1b", "n")
	f.Fuzz(func(t *testing.T, msg, key, value, ns string) {
		e := logger.Event{Format: msg, Namespace: ns, Failure: errors.New(value), Stack: value, Fields: []slog.Attr{slog.String(key, value)}}
		for _, form := range []Format{Text, Logfmt, Classic} {
			got := show(e, Config{Format: form})
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("%q", got)
			}
			for i, l := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
				if i > 0 && !strings.HasPrefix(l, "\t") {
					t.Errorf("a line of its own: %q", got)
				}
			}
		}
	})
}

// TestSlogtest parses logfmt.
func TestSlogtest(t *testing.T) {
	var buf bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler { buf.Reset(); return NewHandler(&buf, &Config{Format: Logfmt}) }, func(t *testing.T) map[string]any {
		top := map[string]any{}
		for pair := range strings.FieldsSeq(buf.String()) {
			key, value, _ := strings.Cut(pair, "=")
			path := strings.Split(key, ".")
			m := top
			for _, g := range path[:len(path)-1] {
				if m[g] == nil {
					m[g] = map[string]any{}
				}
				m = m[g].(map[string]any)
			}
			m[path[len(path)-1]] = value
		}
		return top
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestObserver(t *testing.T) {
	var buf bytes.Buffer
	o := New(&buf, &Config{Level: slog.LevelWarn, TimeFormat: "-"})
	o.Observe(&logger.Event{Level: logger.Info, Format: "no"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				o.Observe(&logger.Event{Level: logger.Warn, Format: "yes"})
			}
		})
	}
	wg.Wait()
	if got, want := buf.String(), strings.Repeat("warn  yes\n", 400); got != want {
		t.Errorf("%d octets, want %d", len(got), len(want))
	}
	bad := New(failing{}, nil)
	bad.Observe(&logger.Event{Format: "x"})
	bad.Observe(&logger.Event{}) // says nothing
	if bad.Errors() != 1 {
		t.Errorf("%d errors", bad.Errors())
	}
}
