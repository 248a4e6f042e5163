// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/kqueue"
	"github.com/torsion-go/torsion/core/internal/kqueue/kqueuetest"
)

// A scripted queue lets a test see, and spoil, what goes to the imitation.
type scripted struct {
	kqueue.Queue
	calls int
	spoil func(changes, events []kqueue.Event, timeout time.Duration) (int, error)
}

func (q *scripted) Kevent(changes, events []kqueue.Event, timeout time.Duration) (int, error) {
	q.calls++
	if q.spoil != nil {
		return q.spoil(changes, events, timeout)
	}
	return q.Queue.Kevent(changes, events, timeout)
}

// openKqueues returns a poller over an imitation, its selector, and what is between.
func openKqueues(t *testing.T, cfg KqueueConfig) (*readiness, *kqueues, *scripted) {
	t.Helper()
	q, err := kqueuetest.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Queue: q}
	p, err := NewKqueue(s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	r := p.(*readiness)
	return r, r.sel.(*kqueues), s
}

func socketPair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

// collect returns what a wait that does not wait brings, by descriptor.
func collect(t *testing.T, k *kqueues) map[int]uint32 {
	t.Helper()
	n, err := k.wait(0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]uint32{}
	for i := range n {
		if fd, gen, events := k.event(i); gen != 0 {
			got[fd] |= events & (evIn | evOut | evErr)
		}
	}
	return got
}

// What is registered and ready is reported, whatever came and went before: descriptors are closed without a word to the queue and opened anew under their number,
// and changes go now with the next wait, now at once.
func TestKqueueSelector(t *testing.T) {
	_, k, _ := openKqueues(t, KqueueConfig{})
	const pairs = 10
	var ends [2 * pairs]int
	var full [2 * pairs]bool
	open := func(i int) { ends[i], ends[i^1] = socketPair(t) }
	shut := func(i int) {
		for _, j := range []int{i, i ^ 1} {
			k.del(ends[j]) // as all owners do, before
			unix.Close(ends[j])
			full[j] = false
		}
	}
	for i := 0; i < len(ends); i += 2 {
		open(i)
		defer func() { unix.Close(ends[i]); unix.Close(ends[i+1]) }()
	}
	type registered struct{ gen, events uint32 }
	set := map[int]registered{}
	random := rand.New(rand.NewPCG(3, 4))
	gen := uint32(0)
	for range 3000 {
		for range 1 + random.IntN(4) { // changes between two waits
			i := random.IntN(len(ends))
			fd, events := ends[i], random.Uint32()&(evIn|evOut)|evErr
			was, in := set[fd]
			switch op := random.IntN(6); {
			case op == 0 && full[i]:
				_, _ = unix.Read(fd, make([]byte, 1))
				full[i] = false
			case op == 0:
				_, _ = unix.Write(ends[i^1], []byte("x"))
				full[i] = true
			case op == 1:
				delete(set, fd)
				delete(set, ends[i^1])
				shut(i)
				open(i)
			case op == 2:
				k.prepare()
			case !in:
				gen++
				if err := k.add(fd, gen, events); err != nil {
					t.Fatal(err)
				}
				set[fd] = registered{gen, events}
			case op == 3:
				k.del(fd)
				delete(set, fd)
			default:
				if err := k.mod(fd, was.gen, events); err != nil {
					t.Fatal(err)
				}
				set[fd] = registered{was.gen, events}
			}
		}
		want := map[int]uint32{}
		for i, fd := range ends {
			ready := uint32(evOut)
			if full[i] {
				ready |= evIn
			}
			if r, ok := set[fd]; ok && r.events&ready != 0 {
				want[fd] = r.events & ready
			}
		}
		if got := collect(t, k); !maps.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}

// An event for a descriptor that was closed in the same pass is not taken for one of its successor.
func TestKqueueStale(t *testing.T) {
	_, k, _ := openKqueues(t, KqueueConfig{})
	a, b := socketPair(t)
	defer unix.Close(b)
	if err := k.add(a, 1, evOut); err != nil {
		t.Fatal(err)
	}
	if n, err := k.wait(0); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	k.del(a)
	unix.Close(a)
	c, d := socketPair(t)
	defer unix.Close(c)
	defer unix.Close(d)
	if c != a {
		t.Skip("the number was given to somebody else")
	}
	if err := k.add(c, 2, evIn); err != nil {
		t.Fatal(err)
	}
	if fd, gen, events := k.event(0); gen != 0 {
		t.Errorf("descriptor %d, generation %d, events %#x of its predecessor", fd, gen, events)
	}
	if got := collect(t, k); len(got) != 0 {
		t.Errorf("got %v: nothing has been written", got)
	}
}

// What is refused counts as ready as long as it is wanted, and keeps nobody else from being told.
func TestKqueueRefused(t *testing.T) {
	for _, prepared := range []bool{false, true} {
		_, k, _ := openKqueues(t, KqueueConfig{})
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(p[1])
		unix.Close(p[0]) // nobody will read
		a, b := socketPair(t)
		defer unix.Close(a)
		defer unix.Close(b)
		if prepared {
			k.prepare()
		}
		for _, fd := range []int{p[1], a} {
			if err := k.add(fd, 1, evOut); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if n, err := k.wait(-1); n < 2 || err != nil { // and does not wait
				t.Fatal(n, err)
			}
			if got := collect(t, k); !maps.Equal(got, map[int]uint32{p[1]: evOut, a: evOut}) {
				t.Errorf("got %v", got)
			}
		}
		if !k.prepare() {
			t.Error("somebody would wait for what is there")
		}
		if err := k.mod(p[1], 1, 0); err != nil {
			t.Fatal(err)
		}
		if got := collect(t, k); !maps.Equal(got, map[int]uint32{a: evOut}) {
			t.Errorf("no longer wanted: got %v", got)
		}
		k.del(a)
		k.del(p[1])
		if k.prepare() {
			t.Error("nothing is there")
		}
	}
}

// A change that fails because the descriptor is gone is nobody's business.
func TestKqueueGone(t *testing.T) {
	_, k, _ := openKqueues(t, KqueueConfig{})
	a, b := socketPair(t)
	defer unix.Close(b)
	if err := k.add(a, 1, evIn|evOut); err != nil {
		t.Fatal(err)
	}
	unix.Close(a) // without a word
	if got := collect(t, k); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	k.del(a)
	if got := collect(t, k); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// Who wants no more than errors is not told of data, nor without end of the end of stream, but of a reset, also behind it.
func TestKqueueErrorsOnly(t *testing.T) {
	for _, ended := range []bool{false, true} {
		_, k, _ := openKqueues(t, KqueueConfig{})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f, err := s.(*net.TCPConn).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fd := int(f.Fd())
		if err := k.add(fd, 1, evErr); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("data")); err != nil {
			t.Fatal(err)
		}
		if ended {
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if got := collect(t, k); len(got) != 0 {
				t.Errorf("got %v", got)
			}
		}
		if ended {
			if n, err := k.wait(0); n != 0 || err != nil {
				t.Errorf("%d events, %v: the end of stream is told again", n, err)
			}
		}
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
		for {
			if n, err := k.wait(-1); err != nil {
				t.Fatal(err)
			} else if n > 0 {
				break
			}
		}
		if _, gen, events := k.event(0); gen != 1 || events&evErr == 0 {
			t.Errorf("generation %d, events %#x", gen, events)
		}
	}
}

// All changes count when a signal ends the wait that they went with.
func TestKqueueInterrupted(t *testing.T) {
	_, k, q := openKqueues(t, KqueueConfig{})
	a, b := socketPair(t)
	defer unix.Close(a)
	defer unix.Close(b)
	if err := k.add(a, 1, evOut); err != nil {
		t.Fatal(err)
	}
	q.spoil = func(changes, _ []kqueue.Event, _ time.Duration) (int, error) {
		for _, c := range changes {
			if _, err := q.Queue.Kevent([]kqueue.Event{c}, nil, 0); err != nil {
				t.Error(err)
			}
		}
		return 0, os.NewSyscallError("kevent", syscall.EINTR)
	}
	if n, err := k.wait(-1); n != 0 || err != nil {
		t.Error(n, err)
	}
	q.spoil = nil
	if got := collect(t, k); !maps.Equal(got, map[int]uint32{a: evOut}) {
		t.Errorf("got %v", got)
	}
	q.spoil = func([]kqueue.Event, []kqueue.Event, time.Duration) (int, error) {
		return 0, os.NewSyscallError("kevent", syscall.ENOMEM)
	}
	if _, err := k.wait(0); err == nil {
		t.Error("no error")
	}
}

// Changes cost no calls of their own, and there is room for as many errors as there are changes.
func TestKqueueBatch(t *testing.T) {
	_, k, q := openKqueues(t, KqueueConfig{})
	const n = 3 * minKevents
	a, b := socketPair(t)
	defer unix.Close(b)
	before := q.calls
	for range n {
		k.change(a, kqueue.Read, watched, notWatched) // each of which fails
	}
	if err := k.add(a, 1, evOut); err != nil {
		t.Fatal(err)
	}
	if q.calls != before {
		t.Errorf("%d calls before the wait", q.calls-before)
	}
	if got := collect(t, k); !maps.Equal(got, map[int]uint32{a: evOut}) {
		t.Errorf("got %v", got)
	}
	if q.calls != before+2 {
		t.Errorf("%d calls, want one for the changes and one for the events", q.calls-before)
	}
	unix.Close(a)
	k.fit(4 * maxKevents)
	k.fit(1)
	if len(k.events) > maxKevents {
		t.Errorf("room for %d events is kept", len(k.events))
	}
}

// While somebody else may wait, each change is made at once.
func TestKqueueAtOnce(t *testing.T) {
	_, k, q := openKqueues(t, KqueueConfig{})
	a, b := socketPair(t)
	defer unix.Close(a)
	defer unix.Close(b)
	if k.prepare() {
		t.Fatal("nothing is there")
	}
	done := make(chan error, 1)
	go func() { done <- k.await(-1) }()
	before := q.calls
	if err := k.add(a, 1, evOut); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || q.calls != before+1 {
		t.Errorf("%v after %d calls", err, q.calls-before)
	}
	if got := collect(t, k); !maps.Equal(got, map[int]uint32{a: evOut}) {
		t.Errorf("got %v", got)
	}
	if k.mod(a, 2, 0) == nil || k.mod(b, 1, 0) == nil || k.mod(1<<20, 1, 0) == nil {
		t.Error("changed what is not registered")
	}
	k.del(a)
	k.del(a)
	k.del(1 << 20)
}

// A queue that cannot be woken is no poller.
func TestKqueueBroken(t *testing.T) {
	for _, pipe := range []bool{false, true} {
		q, err := kqueuetest.Open()
		if err != nil {
			t.Fatal(err)
		}
		s := &scripted{Queue: q, spoil: func([]kqueue.Event, []kqueue.Event, time.Duration) (int, error) {
			return 0, os.NewSyscallError("kevent", syscall.EINVAL)
		}}
		if _, err := NewKqueue(s, KqueueConfig{Pipe: pipe}); err == nil {
			t.Error("no error")
		}
		if q.Close() == nil {
			t.Error("the queue stays open")
		}
	}
}

// A selector of descriptors that others watch is told of those that cannot be, as the others are.
func TestKqueueWatchable(t *testing.T) {
	p, _, _ := openKqueues(t, KqueueConfig{})
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(f.Fd())
	f.Close()
	if _, err := p.Watch(fd, nil); err == nil {
		t.Error("a closed descriptor is watched")
	}
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	w, err := p.Watch(int(dir.Fd()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !w.(*watch).always || slices.Contains(p.always, w.(*watch)) {
		t.Error("a folder does not count as ready")
	}
	w.Close()
}
