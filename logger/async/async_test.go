// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package async

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torsion-go/torsion/logger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A slow sink lets each call wait for a token, unless open is closed.
type slow struct {
	open   chan struct{}
	mu     sync.Mutex
	buf    bytes.Buffer
	writes int
	err    error
	panics bool
}

func newSlow() *slow { return &slow{open: make(chan struct{})} }

func (s *slow) Write(p []byte) (int, error) {
	<-s.open
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.panics {
		panic("no")
	}
	s.buf.Write(p)
	return len(p), s.err
}

func (s *slow) Observe(e *logger.Event) {
	fmt.Fprintf(s, "%s %v\n", e.Format, e.Fields)
}

func (s *slow) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func TestNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := NewWriter(s, &Config{MaxEvents: 3})
		line := []byte("line 0\n")
		for i := range 9 {
			line[5] = byte('0' + i)
			if n, err := w.Write(line); n != len(line) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		if w.Dropped() != 6 {
			t.Errorf("%d dropped", w.Dropped())
		}
		close(s.open)
		synctest.Wait()
		w.Write([]byte("again\n"))
		if err := w.Flush(context.Background()); err != nil {
			t.Error(err)
		}
		if got, want := s.String(), "line 0\nline 1\nline 2\n6 events lost\nagain\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		w.Close()
	})
}

func TestBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := NewWriter(s, &Config{MaxBytes: 10, Lost: func(n uint64) []byte { return fmt.Appendf(nil, "{%d}", n) }})
		for _, p := range []string{"12345", "", "678901", "67890", "x"} {
			w.Write([]byte(p))
		}
		close(s.open)
		synctest.Wait()
		w.Write([]byte("this is too much alone"))
		synctest.Wait()
		if got, want := s.String(), "12345{1}67890{1}{1}"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		w.Close()
	})
}

// TestTogether has writes that queued up reach the sink in few calls, each whole.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := NewWriter(s, nil)
		var want bytes.Buffer
		for i := range 2000 {
			line := fmt.Appendf(nil, "%0100d\n", i)
			w.Write(line)
			want.Write(line)
		}
		big := bytes.Repeat([]byte("x"), 3*maxChunk)
		w.Write(big)
		want.Write(big)
		close(s.open)
		w.Close()
		if s.buf.String() != want.String() {
			t.Errorf("%d octets, want %d", s.buf.Len(), want.Len())
		}
		if s.writes > 12 {
			t.Errorf("%d calls", s.writes)
		}
	})
}

func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := NewWriter(s, nil)
		if err := w.Flush(context.Background()); err != nil {
			t.Error("nothing was queued:", err)
		}
		w.Write([]byte("x"))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := w.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		close(s.open)
		if err := w.Flush(context.Background()); err != nil || s.String() != "x" {
			t.Errorf("%v, %q", err, s)
		}
		w.Close()
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := NewWriter(s, &Config{MaxEvents: 2})
		w.Write([]byte("a"))
		synctest.Wait()
		w.Write([]byte("b"))
		w.Write([]byte("lost"))
		if err := w.Close(); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 events lost") {
			t.Errorf("a stuck sink: %v", err)
		}
		if err := w.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second time: %v", err)
		}
		close(s.open)
		<-w.ended

		s = newSlow()
		close(s.open)
		w = NewWriter(s, nil)
		w.Write([]byte("c"))
		if err := w.Close(); err != nil || s.String() != "c" {
			t.Errorf("%v, %q", err, s)
		}
		w.Write([]byte("d"))
		if w.Dropped() != 1 || s.String() != "c" {
			t.Errorf("after Close: %d dropped, %q", w.Dropped(), s)
		}
	})
}

// TestPanicFlushes has what was logged before a panic written by a deferred Close.
func TestPanicFlushes(t *testing.T) {
	s := newSlow()
	close(s.open)
	func() {
		defer func() { _ = recover() }()
		w := NewWriter(s, nil)
		defer w.Close()
		w.Write([]byte("last words\n"))
		panic("boom")
	}()
	if s.String() != "last words\n" {
		t.Errorf("%q", s)
	}
}

func TestSinkFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		close(s.open)
		w := NewWriter(s, nil)
		for _, f := range []func(){func() { s.err = io.ErrShortWrite }, func() { s.panics = true }, func() { s.err, s.panics = nil, false }} {
			f()
			w.Write([]byte("x"))
			synctest.Wait()
		}
		w.Close()
		if w.Errors() != 2 || s.String() != "xx" {
			t.Errorf("%d errors, %q", w.Errors(), s)
		}
	})
}

type lazy struct{ n *int }

func (l lazy) LogValue() slog.Value { return slog.IntValue(*l.n) }

// TestEventIsCopied changes all that is lent after Observe.
func TestEventIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		o := NewObserver(s, nil)
		n, octets, inner := 1, []byte("b"), []slog.Attr{slog.Int("i", 1)}
		e := &logger.Event{Format: "x", Fields: []slog.Attr{slog.Any("l", lazy{&n}), slog.Any("o", octets), {Key: "g", Value: slog.GroupValue(inner...)}}}
		o.Observe(e)
		n, octets[0], inner[0] = 2, 'c', slog.Int("changed", 2)
		e.Fields[0] = slog.Int("changed", 3)
		e.Format = "changed"
		close(s.open)
		o.Close()
		if got, want := s.String(), "x [l=1 o=[98] g=[i=1]]\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestObserverLoses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		o := NewObserver(s, &Config{MaxEvents: 2, CriticalWait: -1})
		for i := range 5 {
			o.Observe(&logger.Event{Format: fmt.Sprint(i)})
		}
		o.Observe(&logger.Event{Format: "critical", Level: logger.Critical})
		close(s.open)
		synctest.Wait()
		if got, want := s.String(), "0 []\n1 []\n{n} events lost [n=3]\ncritical []\n"; got != want || o.Dropped() != 3 {
			t.Errorf("got %q, want %q; %d dropped", got, want, o.Dropped())
		}
		s.panics = true
		o.Observe(&logger.Event{Format: "x"})
		synctest.Wait()
		if o.Errors() != 1 {
			t.Errorf("%d errors", o.Errors())
		}
		o.Close()
	})
}

// TestCriticalWaits waits once for a sink that is stuck, and again when it moved.
func TestCriticalWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		o := NewObserver(s, &Config{CriticalWait: time.Second})
		for _, want := range []time.Duration{time.Second, 0} {
			start := time.Now()
			o.Observe(&logger.Event{Format: "stuck", Level: logger.Critical})
			if got := time.Since(start); got != want {
				t.Errorf("waited %v, want %v", got, want)
			}
		}
		close(s.open)
		synctest.Wait()
		o.Observe(&logger.Event{Format: "moves", Level: logger.Critical})
		if !strings.HasSuffix(s.String(), "moves []\n") {
			t.Errorf("not flushed: %q", s)
		}
		o.Close()
	})
}

func TestCriticalReserveIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		o := NewObserver(s, &Config{MaxEvents: 1, CriticalWait: -1})
		for range 1000 {
			o.Observe(&logger.Event{Level: logger.Critical})
		}
		if o.Dropped() != 1000-reserve-1 {
			t.Errorf("%d dropped", o.Dropped())
		}
		close(s.open)
		o.Close()
	})
}

type gate struct{ *slow }

func (gate) Enabled(ns string, l logger.Level) bool { return ns == "a" }

func TestEnabled(t *testing.T) {
	s := newSlow()
	close(s.open)
	o := NewObserver(gate{s}, nil)
	defer o.Close()
	if !o.Enabled("a", 0) || o.Enabled("b", 0) {
		t.Error("the observer behind was not asked")
	}
	p := NewObserver(s, nil)
	defer p.Close()
	if !p.Enabled("b", 0) {
		t.Error("an observer that wants all was asked")
	}
}

func TestConcurrent(t *testing.T) {
	s := newSlow()
	close(s.open)
	w := NewWriter(s, &Config{MaxEvents: 100})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				w.Write([]byte("x\n"))
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := uint64(0)
	lost := uint64(0)
	for line := range strings.Lines(s.String()) {
		var n uint64
		if _, err := fmt.Sscanf(line, "%d events lost", &n); err == nil {
			lost += n
		} else {
			got++
		}
	}
	if got+lost != 4000 || lost != w.Dropped() {
		t.Errorf("%d written, %d told as lost, %d dropped", got, lost, w.Dropped())
	}
}

func ExampleNewWriter() {
	var file bytes.Buffer
	w := NewWriter(&file, nil)
	log := slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("from a loop")
	w.Close()
	fmt.Print(file.String())
	// Output: level=INFO msg="from a loop"
}

// TestFlushAfterCloseGaveUp: what Close gave up is not waited for.
func TestFlushAfterCloseGaveUp(t *testing.T) {
	free, entered := make(chan struct{}), make(chan struct{}, 9)
	w := NewWriter(writerFunc(func(p []byte) (int, error) { entered <- struct{}{}; <-free; return len(p), nil }), &Config{CloseTimeout: time.Millisecond})
	w.Write([]byte("a"))
	<-entered
	w.Write([]byte("b"))
	done := make(chan error)
	go func() { done <- w.Flush(context.Background()) }()
	if err := w.Close(); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	close(free)
	if err := <-done; err != nil {
		t.Error(err)
	}
	<-w.ended
	if err := w.Flush(context.Background()); err != nil {
		t.Error(err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
