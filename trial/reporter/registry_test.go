// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// dots is somebody else's reporter.
type dots struct {
	reporter.Base
	w      io.Writer
	ticks  int
	closed int
}

func (d *dots) StopTest(*result.Test) { fmt.Fprint(d.w, "*") }
func (d *dots) Tick(time.Time)        { d.ticks++ }
func (d *dots) Close() error          { d.closed++; return nil }

var lastDots *dots

func init() {
	reporter.Register("dots", "an asterisk for every test", func(o reporter.Options) (reporter.Reporter, error) {
		lastDots = &dots{w: o.Writer}
		return lastDots, nil
	})
	reporter.Register("grumpy", "never there", func(reporter.Options) (reporter.Reporter, error) { return nil, errors.New("not today") })
}

// TestRegister: others' reporters are found by name, and listed behind those of the package.
func TestRegister(t *testing.T) {
	if got := report(t, "dots", reporter.Options{}, summary(tests(), nil)); got != strings.Repeat("*", 14+2) { // two attempts failed
		t.Errorf("%q", got)
	}
	names := reporter.Names()
	if names[0] != "tree" || !slices.Contains(names, "dots") || slices.Index(names, "dots") < slices.Index(names, "exec") {
		t.Error(names)
	}
	for _, k := range reporter.All() {
		if k.Description == "" || strings.Contains(k.Description, "\n") || k.New == nil {
			t.Errorf("%+v", k)
		}
	}
	for _, bad := range []string{"tree", "dots", "", "a=b", "a:b", "a b"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", bad)
				}
			}()
			reporter.Register(bad, "", nil)
		}()
	}
	if _, err := reporter.New("xml", reporter.Options{}); err == nil || !strings.Contains(err.Error(), `no reporter "xml": there are tree, verbose,`) {
		t.Error(err)
	}
}

// TestOpen: several reporters, with files.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	r, err := reporter.Open([]string{"text", "junit=" + dir + "/a=b.xml", "tap=" + dir + "/x.tap", "dots=-"}, reporter.Options{Writer: &b, Terminal: true, Color: reporter.ColorAlways})
	if err != nil {
		t.Fatal(err)
	}
	r.(reporter.Ticker).Tick(began)
	if err := play(r, summary(tests(), packages())); err != nil {
		t.Fatal(err)
	}
	if err := r.(io.Closer).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := checkJUnit(readFile(t, dir+"/a=b.xml")); err != nil {
		t.Error(err)
	}
	if _, err := checkTAP(readFile(t, dir+"/x.tap")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(b.String(), "FAILED") || strings.Count(b.String(), "*") < 14 {
		t.Errorf("%q", b.String())
	}
	if lastDots.ticks != 1 || lastDots.closed != 1 {
		t.Errorf("%d ticks, closed %d times", lastDots.ticks, lastDots.closed)
	}

	if r, err := reporter.Open(nil, reporter.Options{Writer: &b}); err != nil {
		t.Error(err)
	} else if b.Reset(); play(r, summary(tests()[:1], packages()[2:])) != nil || !strings.Contains(b.String(), "  TestPass ...") {
		t.Errorf("the default is\n%s", b.String())
	}

	lastDots = nil
	for _, specs := range [][]string{{"nope=" + dir + "/n"}, {"tree="}, {"dots", "junit=" + dir + "/none/x"}, {"dots", "grumpy=" + dir + "/g"}, {"exec:"}, {"exec:'x"}, {"exec:/does/not/exist"}} {
		if r, err := reporter.Open(specs, reporter.Options{}); err == nil {
			t.Errorf("%q: %v", specs, r)
		}
		if lastDots != nil && lastDots.closed != 1 {
			t.Errorf("%q: what was opened is not closed", specs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "n")); err == nil {
		t.Error("a file is made for a reporter that is none")
	}
}

// TestColorOfFiles: a file has no colours because the terminal beside it has.
func TestColorOfFiles(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	file := t.TempDir() + "/out"
	r, err := reporter.Open([]string{"tree=" + file}, reporter.Options{Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(play(r, summary(tests(), packages())), r.(io.Closer).Close()); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, file); strings.ContainsAny(got, "\x1b\r") || !strings.Contains(got, "FAILED") {
		t.Errorf("%q", got)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
func (full) Name() string              { return "report.xml" }

// TestWriteError: Done tells what could not be written, and nothing panics on the way.
func TestWriteError(t *testing.T) {
	for _, k := range reporter.All() {
		if k.Name == "exec" || k.Name == "dots" || k.Name == "grumpy" || k.Name == "counter" {
			continue
		}
		r, err := reporter.New(k.Name, reporter.Options{Writer: full{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := play(reporter.Multi(reporter.Base{}, r), summary(tests(), packages())); err == nil || err.Error() != "reporter: write to report.xml: disk full" {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}
