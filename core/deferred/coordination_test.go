// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestLock(t *testing.T) {
	wantHandled(t)
	l := deferred.NewLock(nil)
	var got []string
	var waiters []*deferred.Deferred[struct{}]
	for _, name := range []string{"a", "b", "c"} {
		d := l.Acquire()
		d.AddCallbacks(
			func(v struct{}) (struct{}, error) { got = append(got, name); return v, nil },
			func(err error) (struct{}, error) { got = append(got, name+"-"); return struct{}{}, nil })
		waiters = append(waiters, d)
	}
	if !l.Locked() || l.Waiting() != 2 {
		t.Errorf("locked %t, waiting %d", l.Locked(), l.Waiting())
	}
	waiters[1].Cancel()
	l.Release()
	if s := strings.Join(got, " "); s != "a b- c" {
		t.Errorf("got %q", s)
	}
	l.Release()
	if l.Locked() {
		t.Error("locked at the end")
	}
	defer func() {
		if recover() == nil {
			t.Error("Release of a free lock went through")
		}
	}()
	l.Release()
}

func TestSemaphore(t *testing.T) {
	s := deferred.NewSemaphore(nil, 2)
	var jobs []*deferred.Deferred[int]
	for range 5 {
		deferred.RunWith(s, func() *deferred.Deferred[int] {
			d := deferred.New[int](nil)
			jobs = append(jobs, d)
			return d
		})
	}
	for i := range 5 {
		if active := len(jobs) - i; active > 2 {
			t.Errorf("%d active", active)
		}
		if want := max(0, 3-i); s.Waiting() != want {
			t.Errorf("%d waiting, want %d", s.Waiting(), want)
		}
		jobs[i].Callback(i)
	}
	if s.Tokens() != 2 || s.Limit() != 2 {
		t.Errorf("%d of %d tokens at the end", s.Tokens(), s.Limit())
	}
	defer func() {
		if recover() == nil {
			t.Error("a semaphore without tokens was made")
		}
	}()
	deferred.NewSemaphore(nil, 0)
}

func TestRunWithReleases(t *testing.T) {
	wantHandled(t)
	tests := map[string]struct {
		f    func() *deferred.Deferred[int]
		want string
	}{
		"value": {func() *deferred.Deferred[int] { return deferred.Succeed(1) }, "value 1"},
		"error": {func() *deferred.Deferred[int] { return deferred.Fail[int](errBoom) }, "error boom"},
		"nil":   {func() *deferred.Deferred[int] { return nil }, "value 0"},
		"panic": {func() *deferred.Deferred[int] { panic("x") }, "error panic: x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := deferred.NewLock(nil)
			wantOutcome(t, deferred.RunWith(l, tt.f), tt.want)
			if l.Locked() {
				t.Error("still locked")
			}
		})
	}
	l := deferred.NewLock(nil)
	l.Acquire()
	d := deferred.RunWith(l, func() *deferred.Deferred[int] { t.Error("called after Cancel"); return nil })
	d.Cancel()
	l.Release()
	if l.Locked() {
		t.Error("a cancelled waiter got the lock")
	}
	wantOutcome(t, d, "error deferred: cancelled")
}

func TestQueue(t *testing.T) {
	wantHandled(t)
	// A step is "pV" (put), "g" (get) or "cN" (cancel get number N); want lists the outcomes of the gets.
	tests := []struct {
		name   string
		limits deferred.QueueLimits
		steps  string
		errs   int
		want   string
	}{
		{"stored", deferred.QueueLimits{}, "p1 p2 g g", 0, "value 1, value 2"},
		{"handed over", deferred.QueueLimits{}, "g g p1 p2", 0, "value 1, value 2"},
		{"mixed", deferred.QueueLimits{}, "g p1 p2 g g", 0, "value 1, value 2, pending"},
		{"overflow", deferred.QueueLimits{Size: 1}, "p1 p2 g g", 1, "value 1, pending"},
		{"no store", deferred.QueueLimits{Size: -1}, "p1 g p2", 1, "value 2"},
		{"underflow", deferred.QueueLimits{Backlog: 1}, "g g p1", 0, "value 1, error " + deferred.ErrQueueUnderflow.Error()},
		{"no backlog", deferred.QueueLimits{Backlog: -1}, "g p1 g", 0, "error " + deferred.ErrQueueUnderflow.Error() + ", value 1"},
		{"cancelled get", deferred.QueueLimits{}, "g g c0 p1", 0, "error deferred: cancelled, value 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := deferred.NewQueue[int](nil, tt.limits)
			var gets []*deferred.Deferred[int]
			errs := 0
			for s := range strings.FieldsSeq(tt.steps) {
				n, _ := strconv.Atoi(s[1:])
				switch s[0] {
				case 'p':
					if err := q.Put(n); errors.Is(err, deferred.ErrQueueOverflow) {
						errs++
					}
				case 'g':
					gets = append(gets, q.Get())
				case 'c':
					gets[n].Cancel()
				}
			}
			pending := 0
			var outcomes []string
			for _, d := range gets {
				outcomes = append(outcomes, outcome(d))
				if !d.Called() {
					pending++
				}
			}
			if got := strings.Join(outcomes, ", "); got != tt.want || errs != tt.errs || q.Waiting() != pending {
				t.Errorf("got %q, %d errors, %d waiting", got, errs, q.Waiting())
			}
		})
	}
	q := deferred.NewQueue[int](nil, deferred.QueueLimits{})
	if _, ok := q.TryGet(); ok {
		t.Error("TryGet from an empty queue")
	}
	q.Put(1)
	if v, ok := q.TryGet(); v != 1 || !ok || q.Len() != 0 {
		t.Error("TryGet", v, ok)
	}
}

func TestFilesystemLock(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	name := filepath.Join(t.TempDir(), "lock")
	a, b := deferred.NewFilesystemLock(c, name), deferred.NewFilesystemLock(c, name)
	wantOutcome(t, a.Acquire(0), "value {}")
	if !a.Locked() || !a.Clean() {
		t.Error("not held, or not clean")
	}
	d := b.Acquire(0)
	wantOutcome(t, b.Acquire(0), "error "+deferred.ErrAlreadyTryingToLock.Error())
	c.Advance(5 * time.Second)
	wantOutcome(t, d, "pending")
	if err := a.Release(); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, "pending")
	c.Advance(time.Second)
	wantOutcome(t, d, "value {}")

	late := a.Acquire(2500 * time.Millisecond)
	c.Pump(time.Second, time.Second)
	wantOutcome(t, late, "pending")
	c.Advance(time.Second)
	wantOutcome(t, late, "error deferred: timed out after 2.5s")
	last := a.Acquire(500 * time.Millisecond)
	b.Release()
	c.Advance(500 * time.Millisecond) // the last try
	wantOutcome(t, last, "value {}")
	gone := b.Acquire(time.Hour)
	gone.Cancel()
	wantOutcome(t, gone, "error deferred: cancelled")
	lucky := b.Acquire(time.Hour)
	a.Release()
	lucky.Cancel() // tries once more
	wantOutcome(t, lucky, "value {}")
	if n := len(c.Calls()); n != 0 {
		t.Errorf("%d timers left", n)
	}
	bad := deferred.NewFilesystemLock(c, filepath.Join(name, "x", "y"))
	if got := outcome(bad.Acquire(0)); !strings.HasPrefix(got, "error lockfile: ") {
		t.Errorf("got %q", got)
	}
}

// TestMain makes the test binary a process that holds a lock, if told so.
func TestMain(m *testing.M) {
	if name := os.Getenv("HOLD_LOCK"); name != "" {
		holder := deferred.NewFilesystemLock(protocoltest.NewClock(), name)
		fmt.Println(outcome(holder.Acquire(0)))
		io.Copy(io.Discard, os.Stdin) // until it is killed
	}
	leaktest.Main(m)
}

func TestFilesystemLockOfAKilledProcess(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOLD_LOCK="+name)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	var line string
	if _, err := fmt.Fscanln(out, &line, new(string)); err != nil || line != "value" {
		t.Fatalf("holder says %q, %v", line, err)
	}
	c := protocoltest.NewClock()
	l := deferred.NewFilesystemLock(c, name)
	d := l.Acquire(0)
	c.Advance(time.Second)
	wantOutcome(t, d, "pending")
	cmd.Process.Kill()
	cmd.Wait()
	c.Advance(time.Second)
	wantOutcome(t, d, "value {}")
	if l.Clean() {
		t.Error("a broken lock counts as clean")
	}
}
