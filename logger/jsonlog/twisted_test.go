// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/loggertest"
)

// twisted runs a script with Debian's Python, where python3-twisted is.
func twisted(t *testing.T, script string, args ...string) string {
	t.Helper()
	const python = "/usr/bin/python3"
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := exec.CommandContext(ctx, python, "-c", "import twisted.logger").Run(); err != nil {
		t.Skipf("no Twisted here (Debian: apt-get install python3-twisted): %v", err)
	}
	cmd := exec.CommandContext(ctx, python, append([]string{"-c", script}, args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return string(out)
}

// TestTwistedReads has Twisted read a file of ours: what it sees is told as JSON.
func TestTwistedReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	log := logger.New("app.web", jsonlog.NewObserver(f, jsonlog.Options{}))
	log.Info("Hello {who}, {n:05d} {d[k]} {g.inner.deep}", slog.String("who", "b\u00e9\u2603\U0001f600b"), slog.Int("n", 42), slog.Any("d", map[string]any{"k": []int{1, 2}}),
		slog.Group("g", slog.Group("inner", slog.Float64("deep", 1e16))))
	log.Failure(fmt.Errorf("outer: %w", os.ErrNotExist), "it failed: {why}", slog.String("why", "line 1\nline 2"))
	log.WithSystem("sys").Warn("y {odd}", slog.Any("odd", make(chan int)))
	f.Close()
	out := twisted(t, `
import sys, json
from twisted.logger import eventsFromJSONLogFile, formatEvent, eventAsText, eventAsJSON, extractField, LogLevel
from twisted.python.failure import Failure
seen = []
for e in eventsFromJSONLogFile(open(sys.argv[1], "rb")):
    s = dict(text=formatEvent(e), level=e["log_level"].name, namespace=e["log_namespace"], time=e["log_time"], rewritten=eventAsJSON(e))
    if "log_failure" in e:
        f = e["log_failure"]
        assert isinstance(f, Failure)
        s.update(failure=f.type.__name__, check=f.check("io/fs.ErrNotExist", "errors.errorString"), traceback=eventAsText(e, includeTimestamp=False), message=f.message)
    if "n" in e:
        s.update(deep=e["g"]["inner"]["deep"], n=extractField("n:05d", e))
    seen.append(s)
json.dump(seen, sys.stdout)
`, path)
	var seen []map[string]any
	if err := json.Unmarshal([]byte(out), &seen); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(seen) != 3 {
		t.Fatalf("Twisted reads %d events: %s", len(seen), out)
	}
	want := func(i int, key string, value any) {
		t.Helper()
		if seen[i][key] != value {
			t.Errorf("event %d: %s is %v, want %v", i, key, seen[i][key], value)
		}
	}
	want(0, "text", "Hello b\u00e9\u2603\U0001f600b, 42 [1, 2] 1e+16")
	want(0, "level", "info")
	want(0, "namespace", "app.web")
	want(0, "deep", 1e16)
	want(0, "n", 42.0)
	want(1, "text", "it failed: line 1\nline 2")
	want(1, "level", "critical")
	want(1, "failure", "wrapError")
	want(1, "check", "errors.errorString")
	want(1, "message", "outer: file does not exist")
	if trace, _ := seen[1]["traceback"].(string); !strings.Contains(trace, "TestTwistedReads") || !strings.Contains(trace, "twisted_test.go") {
		t.Errorf("Twisted's traceback of a failure of ours: %q", trace)
	}
	want(2, "level", "warn")

	lines := strings.SplitAfter(strings.TrimSuffix(readFile(t, path), "\n"), "\n")
	for i, line := range lines {
		ours := strings.Trim(line, "\x1e\n")
		if theirs, _ := seen[i]["rewritten"].(string); theirs != ours {
			t.Errorf("event %d, written again by Twisted:\n%s\nours:\n%s", i, theirs, ours)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReadsTwisted reads a file that Twisted has written, and compares the texts and, written again, the octets.
func TestReadsTwisted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	out := twisted(t, `
import sys, json
from twisted.logger import Logger, jsonFileLogObserver, formatEventAsClassicLogText, LogPublisher, LogLevel, ILogObserver
from twisted.python import log as legacy
from zope.interface import provider
f = open(sys.argv[1], "w")
texts = []
@provider(ILogObserver)
def text(e): texts.append(formatEventAsClassicLogText(e, formatTime=lambda t: "-"))
p = LogPublisher(jsonFileLogObserver(f), text)
log = Logger(namespace="app.web", observer=p)
class O:
    a = 7
    def __repr__(self): return "<O é>"
log.info("Hello {who}", who="b\u00e9\u2603\U0001f600b")
log.warn("{n} {o!r} {o.a} {d[k]} {f()} {{}} {x!s} {a} {a} {a!r}", n=42, o=O(), d={"k": [1, {"z": None}]}, f=lambda: "x", x=1.5, a="q")
log.error("bytes {b} {big} {nan}", b=b"\xff\x00a", big=2**80, nan=float("nan"))
log.debug("lines\nmore {lv}", lv=LogLevel.warn)
log.info(None, x=1)
log.info("sys", log_system="mysys")
def fail(): 1/0
try: fail()
except Exception: log.failure("oops {x}", x=3)
lp = legacy.LogPublisher(observerPublisher=p, publishPublisher=p)
lp.msg("old", "style", system="old sys")
f.close()
json.dump(texts, sys.stdout)
`, path)
	var texts []any
	if err := json.Unmarshal([]byte(out), &texts); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimPrefix(readFile(t, path), "\x1e"), "\n\x1e")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log, logged := loggertest.New("test")
	i := 0
	for e, err := range jsonlog.NewReader(f, jsonlog.ReadConfig{Log: log}).Events() {
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(texts) {
			t.Fatalf("an event too much: %+v", e)
		}
		if e.Failure == nil {
			got := format.Classic(e, format.Options{Layout: "-"})
			if want, _ := texts[i].(string); got != want {
				t.Errorf("event %d: text %q, Twisted's %q", i, got, want)
			}
			if got, want := string(jsonlog.Append(nil, e, jsonlog.Options{})), strings.TrimSuffix(lines[i], "\n"); got != want && !strings.Contains(want, "log_legacy") {
				t.Errorf("event %d, written again:\n%s\nTwisted's:\n%s", i, got, want)
			}
		} else {
			var failure *jsonlog.Failure
			if !errors.As(e.Failure, &failure) || !failure.Check("builtins.ArithmeticError") || len(failure.Frames) != 2 || failure.Frames[1].Function != "fail" {
				t.Errorf("the failure: %+v", e.Failure)
			}
			if got := format.AsText(e, format.Options{NoTimestamp: true}); !strings.HasPrefix(got, "[app.web#critical] oops 3\n*jsonlog.Failure: builtins.ZeroDivisionError\nfail(...)\n") {
				t.Errorf("the failure as text: %q", got)
			}
		}
		i++
	}
	if i != len(texts) || len(logged.Events()) != 0 {
		t.Errorf("%d of %d events; logged %q", i, len(texts), logged.Texts())
	}
}
