// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"go.uber.org/goleak"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/console"
	"github.com/torsion-go/torsion/logger/logfile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What a runner wraps.
var _ interface {
	slog.Handler
	Reopen() error
	Rotate() error
	Close() error
} = (*Output)(nil)

func mustOpen(t *testing.T, c Config) *Output {
	t.Helper()
	o, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func twisted(w io.Writer) logger.Observer {
	return logger.ObserverFunc(func(e *logger.Event) { fmt.Fprintf(w, "T %s %v\n", e.Format, e.Fields) })
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{"": `"level":"info"`, "json": `"level":"info"`, "text": " info  hello n=1", "logfmt": " level=info msg=hello n=1", "classic": " [-#info] hello n=1", "twisted": "T hello [n=1]"} {
		for _, a := range []bool{false, true} {
			var buf bytes.Buffer
			o := mustOpen(t, Config{Format: format, Stdout: &buf, Async: a, Observer: twisted, Color: console.ColorNever})
			slog.New(o).Info("hello", "n", 1)
			slog.New(o).Debug("not wanted")
			o.Observer().Observe(&logger.Event{Level: logger.Debug, Format: "not wanted"})
			o.Observer().Observe(&logger.Event{Level: logger.Info, Format: "event"})
			if err := o.Close(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(buf.String(), want) || strings.Count(buf.String(), "\n") != 2 || strings.Contains(buf.String(), "not") {
				t.Errorf("%q, Async %v: %q, want %q", format, a, &buf, want)
			}
		}
	}
	for _, c := range []Config{{Format: "xml"}, {Format: "twisted"}} {
		if _, err := Open(c); err == nil {
			t.Errorf("%q was opened", c.Format)
		}
	}
	if _, err := Open(Config{File: filepath.Join(t.TempDir(), "no", "log")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestStreams(t *testing.T) {
	for file, want := range map[string]string{"": "out", "-": "out", "+": "err"} {
		var stdout, stderr bytes.Buffer
		o := mustOpen(t, Config{File: file, Stdout: &stdout, Stderr: &stderr})
		slog.New(o).Info("x")
		if got := map[string]*bytes.Buffer{"out": &stdout, "err": &stderr}; got[want].Len() == 0 || stdout.Len() > 0 && stderr.Len() > 0 {
			t.Errorf("%q: out %q, err %q", file, &stdout, &stderr)
		}
		if o.Reopen() != nil || o.Rotate() != nil || o.Flush(context.Background()) != nil || o.Dropped() != 0 {
			t.Error("a stream was asked too much")
		}
	}
	t.Setenv("CLICOLOR_FORCE", "1")
	t.Setenv("NO_COLOR", "")
	var buf bytes.Buffer
	o := mustOpen(t, Config{Format: "text", Stdout: &buf, Async: true})
	slog.New(o).Info("x")
	o.Close()
	if !strings.Contains(buf.String(), "\x1b[32minfo") {
		t.Errorf("no colour behind a queue: %q", &buf)
	}
}

func TestFiles(t *testing.T) {
	for _, a := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "log")
		o := mustOpen(t, Config{File: path, Format: "logfmt", Async: a, Rotate: logfile.Config{MaxSize: -1}})
		l := slog.New(o).With("k", "v")
		step := func(msg string, f func() error) {
			l.Info(msg)
			if err := o.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
		step("one", o.Rotate)
		if runtime.GOOS == "windows" {
			t.Skip("a file that is open cannot be renamed there")
		}
		step("two", func() error { return os.Rename(path, path+".moved") })
		step("three", o.Reopen)
		step("four", o.Close)
		for suffix, want := range map[string]string{".1": "one", ".moved": "two three", "": "four"} {
			p, _ := os.ReadFile(path + suffix)
			var got []string
			for line := range strings.Lines(string(p)) {
				got = append(got, strings.Split(strings.Split(line, "msg=")[1], " k=")[0])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("Async %v: %s has %q, want %q", a, path+suffix, got, want)
			}
		}
		if err := o.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close: %v", err)
		}
	}
	o := mustOpen(t, Config{File: filepath.Join(t.TempDir(), "log"), Daily: true})
	if _, ok := o.sink.(*logfile.DailyLogFile); !ok {
		t.Errorf("%T", o.sink)
	}
}

func TestSetLevel(t *testing.T) {
	for _, format := range []string{"json", "text", "twisted"} {
		var buf bytes.Buffer
		var level slog.LevelVar
		o := mustOpen(t, Config{Format: format, Stdout: &buf, Level: &level, Observer: twisted})
		l := slog.New(o).With("a", 1)
		l.Debug("no")
		level.Set(slog.LevelDebug)
		l.Debug("one")
		o.SetLevel(slog.LevelError)
		l.Warn("no")
		if o.Level() != slog.LevelError || o.Observer().(logger.Enabler).Enabled("", logger.Warn) {
			t.Error("the level does not hold")
		}
		l.Error("two")
		if got := buf.String(); strings.Count(got, "\n") != 2 || strings.Contains(got, "no") {
			t.Errorf("%s: %q", format, got)
		}
	}
}

// A stuck writer waits until it is freed.
type stuck struct {
	free chan struct{}
	mu   sync.Mutex
	buf  bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

// TestLost has lost lines told in the format's own form.
func TestLost(t *testing.T) {
	s := &stuck{free: make(chan struct{})}
	o := mustOpen(t, Config{Format: "json", Stdout: s, Async: true, Queue: async.Config{MaxEvents: 1}})
	l := slog.New(o)
	for range 5 {
		l.Info("x")
	}
	if o.Dropped() != 4 {
		t.Errorf("%d dropped", o.Dropped())
	}
	close(s.free)
	o.Close()
	found := false
	for line := range strings.Lines(s.buf.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Errorf("%v: %q", err, line)
		}
		found = found || m["msg"] == "4 events lost" && m["n"] == 4.0
	}
	if !found {
		t.Errorf("%q", &s.buf)
	}
}

// TestCriticalIsWritten looks at the file without a Flush.
func TestCriticalIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	o := mustOpen(t, Config{File: path, Format: "text", Async: true, Queue: async.Config{CriticalWait: 1 << 40}})
	slog.New(o).WithGroup("g").With("a", 1).Log(context.Background(), slog.Level(logger.Critical), "record")
	o.Observer().Observe(&logger.Event{Level: logger.Critical, Format: "event"})
	if p, _ := os.ReadFile(path); !strings.Contains(string(p), "record g.a=1\n") || !strings.Contains(string(p), "critical event\n") {
		t.Errorf("%q", p)
	}
}

func TestSource(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var buf bytes.Buffer
		o := mustOpen(t, Config{Format: format, Stdout: &buf, AddSource: true})
		slog.New(o).Info("x")
		if !strings.Contains(buf.String(), "output/output_test.go:") {
			t.Errorf("%s: %q", format, &buf)
		}
	}
}

func TestSlogtest(t *testing.T) {
	var buf bytes.Buffer
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		buf.Reset()
		return mustOpen(t, Config{Stdout: &buf})
	}, func(t *testing.T) map[string]any {
		var m map[string]any
		if err := json.Unmarshal(buf.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	})
}

func ExampleOpen() {
	out, err := Open(Config{File: "-", Format: "logfmt", Level: slog.LevelWarn})
	if err != nil {
		panic(err)
	}
	defer out.Close()
	slog.New(out).Info("below the level")
	fmt.Println(out.Level())
	// Output: WARN
}
