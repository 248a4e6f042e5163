// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Options are what a run says to each of its reporters. The zero value writes to standard output as if that were a file.
type Options struct {
	Writer     io.Writer        // nil: standard output
	Terminal   bool             // Writer is a terminal: some show on its last line how the run goes
	Width      int              // columns of the terminal; 0: 80. Nothing is written beyond the 79th of a file
	Color      Color            // zero: on a terminal, unless the environment has NO_COLOR or TERM=dumb
	RealTime   bool             // problems are shown when they happen, and again at the end. Twisted: --rterrors
	Format     Format           // of problems; zero: Plain. Twisted: --tbformat
	StrictTodo bool             // a test that was expected to fail and passed is bad: the runner fails the run
	Slowest    int              // how many of the slowest tests are listed at the end; 0: none
	Timings    string           // a file with the times of the last run, which this one's replace; "": none
	MaxText    int              // bytes of one problem, or of the output of one test, that are shown to people; 0: 64 KiB; negative: all
	Arg        string           // what follows a reporter's name: "program args" of "exec:program args"
	Now        func() time.Time // zero: time.Now
}

// Color says whether there are colours.
type Color uint8

const (
	ColorAuto Color = iota
	ColorAlways
	ColorNever
)

// defaults returns o with the defaults in place of zero values.
func (o Options) defaults() Options {
	if o.Writer == nil {
		o.Writer = os.Stdout
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.MaxText == 0 {
		o.MaxText = 64 << 10
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Color == ColorAuto {
		o.Color = ColorNever
		if o.Terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
			o.Color = ColorAlways
		}
	}
	return o
}

// columns is how many columns a line may take. The last one of a terminal stays free: some wrap there.
func (o Options) columns() int {
	if o.Terminal {
		return max(min(o.Width, 80)-1, 20)
	}
	return 79
}

// Format is how problems are shown. Twisted: --tbformat.
type Format uint8

const (
	Plain   Format = iota // the text and its stack, without frames of testing, runtime and trial. Twisted: plain, default
	Emacs                 // "file:line: text", as editors read it. Twisted: emacs, brief
	Verbose               // all of it, with the lines of source around it. Twisted: cgitb, verbose
)

var formats = map[string]Format{"plain": Plain, "default": Plain, "": Plain, "emacs": Emacs, "brief": Emacs, "verbose": Verbose, "cgitb": Verbose}

// ParseFormat understands the names that Twisted's trial has for them.
func ParseFormat(name string) (Format, error) {
	f, ok := formats[name]
	if !ok {
		return Plain, fmt.Errorf("reporter: no format %q of problems: there are plain (or default), emacs (or brief) and verbose (or cgitb)", name)
	}
	return f, nil
}

// String returns "plain", "emacs" or "verbose".
func (f Format) String() string {
	switch f {
	case Plain:
		return "plain"
	case Emacs:
		return "emacs"
	case Verbose:
		return "verbose"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// out is a writer that keeps its first error.
type out struct {
	w   io.Writer
	err error
}

// print writes s at once: what a reporter says of one event is one write.
func (o *out) print(s ...string) {
	if o.err != nil {
		return
	}
	if _, err := io.WriteString(o.w, strings.Join(s, "")); err != nil {
		o.err = fmt.Errorf("reporter: write to %s: %w", nameOf(o.w), err)
	}
}

func nameOf(w io.Writer) string {
	if f, ok := w.(interface{ Name() string }); ok {
		return f.Name()
	}
	return fmt.Sprintf("%T", w)
}
