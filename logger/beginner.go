// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// EarlyEvents is how many events a Beginner keeps until logging begins.
const EarlyEvents = 200

// earlyBytes bounds them, in octets.
const earlyBytes = 4 << 20

// A Beginner holds what a publisher gets before the program has set up its observers: it keeps the last EarlyEvents, and writes critical ones to a writer at once, so that a program
// that fails early is not silent. Safe from any goroutine. Twisted: LogBeginner.
type Beginner struct {
	publisher *Publisher
	early     *early

	mu       sync.Mutex
	previous string             // guarded by mu: where Begin was called; "" before
	warned   map[place]struct{} // guarded by mu; at most maxKinds
}

var globalBeginner = NewBeginner(new(Publisher), os.Stderr)

// Global returns the publisher that events go to where no other observer is named. Twisted: globalLogPublisher.
func Global() *Publisher { return globalBeginner.publisher }

// GlobalBeginner returns the Beginner of Global. Twisted: globalLogBeginner.
func GlobalBeginner() *Beginner { return globalBeginner }

// NewBeginner returns a Beginner for p that writes critical events to w until Begin.
func NewBeginner(p *Publisher, w io.Writer) *Beginner {
	b := &Beginner{publisher: p, early: &early{w: w, history: History{Size: EarlyEvents, Bytes: earlyBytes}}}
	p.Add(b.early)
	return b
}

// A BeginConfig says what else Begin does.
type BeginConfig struct {
	// DiscardBuffer leaves the events from before out.
	DiscardBuffer bool
	// Slog, if not nil, becomes the handler of slog.Default, and by that of package log.
	Slog slog.Handler
	// RedirectLog makes what is written by package log an Info event for each line, with the namespace "log".
	RedirectLog bool
}

// Begin adds observers to the publisher, and replays to them what came before. No event is lost or doubled that other goroutines log meanwhile. A second Begin adds observers too, and logs a
// warning with both places. restore undoes what c redirected. Programs call it once, in main; libraries never do. Twisted: beginLoggingTo.
func (b *Beginner) Begin(c BeginConfig, observers ...Observer) (restore func()) {
	here := "?"
	if _, file, line, ok := runtime.Caller(1); ok {
		here = fmt.Sprintf("%s:%d", file, line)
	}
	b.mu.Lock()
	previous := b.previous
	b.previous = here
	b.mu.Unlock()
	b.early.end(b.publisher, c.DiscardBuffer, observers)
	if previous != "" {
		New("logger.Beginner", b.publisher).Warn("Warning: primary log target selected twice at <{now}> - previously selected at <{then}>. Remove one of the calls to Begin.",
			slog.String("now", here), slog.String("then", previous))
	}
	return b.redirect(c)
}

func (b *Beginner) redirect(c BeginConfig) (restore func()) {
	logger, w, flags, prefix := slog.Default(), log.Writer(), log.Flags(), log.Prefix()
	if c.Slog != nil {
		slog.SetDefault(slog.New(c.Slog))
	}
	if c.RedirectLog {
		log.SetFlags(0)
		log.SetOutput(NewWriter(New("log", b.publisher), Info))
	}
	return func() {
		if c.Slog != nil {
			slog.SetDefault(logger)
		}
		if c.Slog != nil || c.RedirectLog {
			log.SetOutput(w)
			log.SetFlags(flags)
			log.SetPrefix(prefix)
		}
	}
}

// Early is the observer that is there until logging begins.
type early struct {
	w       io.Writer
	history History
	writing sync.Mutex // held to write to w

	mu   sync.Mutex
	done bool       // guarded by mu
	next *Publisher // guarded by mu: the observers that came instead
}

func (y *early) Observe(e *Event) {
	y.mu.Lock()
	if y.done { // by a goroutine that read the list of observers before Begin changed it
		next := y.next
		y.mu.Unlock()
		next.Observe(e)
		return
	}
	y.history.Observe(e)
	y.mu.Unlock()
	if e.Level >= Critical { // not under mu: a method of a field's value may log
		told := e.Text()
		if trace := e.Traceback(); trace != "" {
			told += "\n" + trace
		}
		y.writing.Lock()
		defer y.writing.Unlock()
		y.w.Write(append(text.AppendEscaped(nil, told, "\n"), '\n'))
	}
}

// end hands over to observers. The second time there is nothing to hand over.
func (y *early) end(p *Publisher, discard bool, observers []Observer) {
	y.mu.Lock()
	defer y.mu.Unlock()
	p.replace(y, observers)
	if y.done {
		return
	}
	y.done = true
	y.next = NewPublisher(observers...)
	events := y.history.take()
	if !discard {
		for _, e := range events {
			y.next.Observe(e)
		}
	}
}

// A place is where a warning was given.
type place struct {
	file, category, message string
	line                    int
}

// Warning gives a warning to users of an API, such as that what they call is deprecated: a Warn event with file and line of the caller, once for each place. skip is 0 for the
// caller of Warning, 1 for who called that, which is what a deprecated function gives. Twisted: showwarning.
func (b *Beginner) Warning(skip int, category, message string) {
	var pc [1]uintptr
	runtime.Callers(2+skip, pc[:])
	b.warn(pc[0], category, message)
}

// Warning is that of GlobalBeginner.
func Warning(skip int, category, message string) {
	var pc [1]uintptr
	runtime.Callers(2+skip, pc[:])
	globalBeginner.warn(pc[0], category, message)
}

func (b *Beginner) warn(pc uintptr, category, message string) {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	at := place{frame.File, category, message, frame.Line}
	b.mu.Lock()
	_, known := b.warned[at]
	if !known {
		if b.warned == nil || len(b.warned) >= maxKinds {
			b.warned = map[place]struct{}{}
		}
		b.warned[at] = struct{}{}
	}
	b.mu.Unlock()
	if known || !b.publisher.Enabled("warnings", Warn) {
		return
	}
	b.publisher.Observe(&Event{
		Time: time.Now(), Level: Warn, Namespace: "warnings", PC: pc, Format: "{filename}:{lineno}: {category}: {warning}", HasFormat: true,
		Fields: []slog.Attr{
			slog.String("warning", message), slog.String("category", category), slog.String("filename", frame.File), slog.Int("lineno", frame.Line),
		},
	})
}
