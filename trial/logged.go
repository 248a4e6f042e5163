// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// maxTail is how many lines of its log a failing test shows.
const maxTail = 50

// A LoggedError is an event that was logged at the level of errors, or the unhandled error of a Deferred.
type LoggedError struct {
	Message string
	Err     error  // the error among its attributes; nil without one
	Text    string // the whole line
}

func (e *LoggedError) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns Err.
func (e *LoggedError) Unwrap() error { return e.Err }

// A book is the log of one Case.
type book struct {
	id   string
	file io.WriteCloser // nil without TORSION_TRIAL_LOG

	logger *slog.Logger

	mu     sync.Mutex
	buf    bytes.Buffer   // guarded by mu
	errs   []*LoggedError // guarded by mu
	tail   []string       // guarded by mu: the last lines
	closed bool           // guarded by mu
	ending bool           // guarded by mu: what is open is being closed
}

// Logger returns the log of the test, which its reactor writes to. What is logged there at the level of errors is an error of the test, unless FlushLoggedErrors takes it. The
// last lines are shown if the test fails. The logger is safe from any goroutine.
func (c *Case) Logger() *slog.Logger {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.book == nil {
		c.book = newBook(c.id.String())
	}
	return c.book.logger
}

// currentBook returns the log, nil while nobody has asked for it.
func (c *Case) currentBook() *book {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book
}

func newBook(id string) *book {
	b := &book{id: id}
	if name := os.Getenv(marker.Log); name != "" {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err == nil {
			b.file = f
			io.WriteString(f, "--> "+id+" <--\n")
		}
	}
	b.logger = slog.New(&handler{book: b, text: slog.NewTextHandler(&b.buf, &slog.HandlerOptions{Level: slog.LevelDebug - 100})})
	return b
}

// A handler writes into a book.
type handler struct {
	book *book
	text slog.Handler // writes to book.buf
	errs []error      // of the attributes that every event has
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.book.file != nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.book, h.text.WithAttrs(attrs), slices.Concat(h.errs, errorAttrs(attrs))}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.book, h.text.WithGroup(name), h.errs}
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	b := h.book
	var attrs []slog.Attr
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	if slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Value.Any() == any(bailOut{}) }) {
		return nil // FailNow inside of a callback
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		if r.Level < slog.LevelError || b.ending || late(b.id, "logged error: "+r.Message) {
			return nil
		}
		if d := slog.Default(); d != b.logger {
			return d.With("test", b.id).Handler().Handle(ctx, r)
		}
		return nil
	}
	b.buf.Reset()
	short := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	for _, a := range attrs {
		if !strings.Contains(a.Value.String(), "\n") {
			short.AddAttrs(a)
		}
	}
	if err := h.text.Handle(ctx, short); err != nil {
		return err
	}
	line := strings.TrimSuffix(b.buf.String(), "\n")
	for _, a := range attrs {
		if v := a.Value.String(); strings.Contains(v, "\n") { // a stack
			line += "\n" + a.Key + ":\n" + strings.TrimSuffix(indent(trimPanic(v)), "\n")
		}
	}
	if b.file != nil {
		io.WriteString(b.file, line+"\n")
	}
	if r.Level >= slog.LevelInfo {
		if b.tail = append(b.tail, line); len(b.tail) > maxTail {
			b.tail = slices.Delete(b.tail, 0, 1)
		}
	}
	if r.Level >= slog.LevelError {
		e := &LoggedError{Message: r.Message, Text: line}
		if errs := slices.Concat(errorAttrs(attrs), h.errs); len(errs) > 0 {
			e.Err = errs[0]
		}
		b.errs = append(b.errs, e)
	}
	return nil
}

func errorAttrs(attrs []slog.Attr) []error {
	var errs []error
	for _, a := range attrs {
		v := a.Value.Any()
		if err, ok := v.(error); ok {
			errs = append(errs, err)
		} else if a.Key == "panic" {
			errs = append(errs, fmt.Errorf("panic: %v", v))
		}
	}
	return errs
}

// take takes the errors that match.
func (b *book) take(match func(error) bool) []*LoggedError {
	b.mu.Lock()
	defer b.mu.Unlock()
	var taken []*LoggedError
	b.errs = slices.DeleteFunc(b.errs, func(e *LoggedError) bool {
		if !match(e) {
			return false
		}
		taken = append(taken, e)
		return true
	})
	return taken
}

// close ends the book and returns the errors that nobody took, and the last lines.
func (b *book) close() (errs []*LoggedError, tail []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.ending = true, true
	if b.file != nil {
		b.file.Close()
		b.file = nil
	}
	errs, tail = b.errs, b.tail
	b.errs, b.tail = nil, nil
	return errs, tail
}

// over declares that nothing of the test is left.
func (b *book) over() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ending = false
}

// FlushLoggedErrors returns the errors that were logged so far and takes them away, so that they do not fail the test; unhandled errors of Deferreds are among them. With targets, only those that
// match one of them, by errors.Is or as [Type] says. Twisted: flushLoggedErrors.
func (c *Case) FlushLoggedErrors(targets ...error) []*LoggedError {
	match := func(err error) bool { return len(targets) == 0 || matches(err, targets) }
	var all []*LoggedError
	if b := c.currentBook(); b != nil {
		all = b.take(match)
	}
	return append(all, c.flushDeferreds(match)...)
}

// CaptureDefault makes the log of the test the default of log/slog, and so the one of package log, until the test is over. It is not for parallel tests: there is one default.
func (c *Case) CaptureDefault() {
	c.TB.Helper()
	if c.isShared() {
		c.Fatal("trial: CaptureDefault is not for parallel tests")
	}
	c.capture = true
	old, w, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(c.Logger())
	c.TB.Cleanup(func() {
		slog.SetDefault(old)
		log.SetOutput(w) // which SetDefault leaves as it is
		log.SetFlags(flags)
	})
}

// checkLog ends the log and returns its last lines.
func (c *Case) checkLog() (tail []string) {
	c.TB.Helper()
	b := c.currentBook()
	if b == nil {
		return nil
	}
	errs, tail := b.close()
	for _, e := range errs {
		c.problem("logged error: "+e.Error()+"\n"+e.Text, e)
		tail = slices.DeleteFunc(tail, func(line string) bool { return line == e.Text })
	}
	return tail
}
