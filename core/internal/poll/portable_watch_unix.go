// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll

import (
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A watcher is the part of a portable poller that watches descriptors of others: a goroutine in poll(2), which works on descriptors as they are, blocking
// or not, and counts regular files as ready. It runs from the first Watch on.
type watcher struct {
	started bool // the loop's
	bell         // ends a wait

	mu    sync.Mutex
	armed map[*portableWatch]int16 // guarded by mu: what to wait for
	ended bool                     // guarded by mu
}

// A portableWatch is armed again once its readiness has been told.
type portableWatch struct {
	p           *portable
	h           WatchHandler
	fd          int
	read, write bool
	closed      bool
	got         int16 // guarded by the watcher's mu
	posted      bool  // guarded by the watcher's mu: got has not been told yet
}

func (p *portable) Watch(fd int, h WatchHandler) (Watch, error) {
	if p.closed {
		return nil, net.ErrClosed
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return nil, os.NewSyscallError("watch", err)
	}
	if err := p.watcher.start(p); err != nil {
		return nil, err
	}
	w := &portableWatch{p: p, h: h, fd: fd}
	p.care[w] = struct{}{}
	return w, nil
}

func (wr *watcher) start(p *portable) error {
	if wr.started {
		return nil
	}
	if err := wr.open(); err != nil {
		return err
	}
	wr.armed = make(map[*portableWatch]int16)
	wr.started = true
	p.wg.Add(1)
	// The poller's Close waits for it.
	go wr.run(p)
	return nil
}

func (wr *watcher) run(p *portable) {
	defer p.wg.Done()
	defer unix.Close(wr.r)
	var fds []unix.PollFd
	var watches []*portableWatch
	for {
		wr.mu.Lock()
		if wr.ended {
			wr.mu.Unlock()
			return
		}
		fds, watches = append(fds[:0], unix.PollFd{Fd: int32(wr.r), Events: unix.POLLIN}), watches[:0]
		for w, events := range wr.armed {
			fds, watches = append(fds, unix.PollFd{Fd: int32(w.fd), Events: events}), append(watches, w)
		}
		wr.mu.Unlock()
		if _, err := unix.Poll(fds, -1); err != nil && err != syscall.EINTR {
			continue
		}
		if fds[0].Revents != 0 {
			wr.drain()
		}
		for i, w := range watches {
			if ev := fds[i+1].Revents; ev != 0 {
				wr.fired(p, w, ev)
			}
		}
	}
}

func (wr *watcher) fired(p *portable, w *portableWatch, ev int16) {
	wr.mu.Lock()
	_, still := wr.armed[w]
	delete(wr.armed, w)
	if still {
		w.got, w.posted = ev, true
	}
	wr.mu.Unlock()
	if still {
		p.post(w)
	}
}

// arm tells the goroutine what to wait for on behalf of w, nothing when events is 0. What has been found is told first, or it would be found, and told, twice.
func (wr *watcher) arm(w *portableWatch, events int16) {
	wr.mu.Lock()
	if events == 0 || w.posted {
		delete(wr.armed, w)
	} else {
		wr.armed[w] = events
	}
	wr.mu.Unlock()
	wr.ring()
}

func (wr *watcher) stop() {
	if !wr.started {
		return
	}
	wr.mu.Lock()
	wr.ended = true
	wr.mu.Unlock()
	wr.ring()
	unix.Close(wr.w)
}

func (w *portableWatch) run() {
	if w.closed {
		return
	}
	w.p.watcher.mu.Lock()
	got := w.got
	w.p.watcher.mu.Unlock()
	const always = unix.POLLERR | unix.POLLHUP | unix.POLLNVAL
	if w.read && got&(unix.POLLIN|always) != 0 {
		w.p.upcalls++
		w.h.Readable()
	}
	if w.write && got&(unix.POLLOUT|always) != 0 {
		w.p.upcalls++
		w.h.Writable()
	}
	if w.closed {
		return
	}
	w.p.watcher.mu.Lock()
	w.posted = false
	w.p.watcher.mu.Unlock()
	w.p.watcher.arm(w, w.events())
}

func (w *portableWatch) events() (events int16) {
	if w.read {
		events |= unix.POLLIN
	}
	if w.write {
		events |= unix.POLLOUT
	}
	return events
}

func (w *portableWatch) Set(read, write bool) error {
	if w.closed {
		return net.ErrClosed
	}
	if w.read != read || w.write != write {
		w.read, w.write = read, write
		w.p.watcher.arm(w, w.events())
	}
	return nil
}

func (w *portableWatch) Close() {
	if w.closed {
		return
	}
	w.closed = true
	delete(w.p.care, w)
	w.p.watcher.arm(w, 0)
}

func (w *portableWatch) shut() { w.Close() }

var _ Watch = (*portableWatch)(nil)
