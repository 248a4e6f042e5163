// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// A driver speaks a protocol over the connections of a loop.
type driver interface {
	start() error                           // opens the connections and sends the first messages
	event(id int, events uint32) error      // something happened to connection id
	overdue(now, limit time.Duration) error // called a few times a second: looks for answers that are late
	close()
}

// A loop waits for the connections of a driver and measures.
type loop struct {
	cfg    Config
	ep     int
	began  time.Time
	idle   time.Duration // spent waiting since the interval began
	ops    int64
	bytes  int64
	lost   int64
	lat    Histogram
	events [256]unix.EpollEvent
}

func newLoop(cfg Config) (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &loop{cfg: cfg, ep: ep, began: time.Now()}, nil
}

// now is the time since the loop was made.
func (l *loop) now() time.Duration { return time.Since(l.began) }

// done counts n operations that were begun together at sent, with so many bytes, and returns the time.
func (l *loop) done(n, bytes int, sent time.Duration) time.Duration {
	now := l.now()
	l.ops += int64(n)
	l.bytes += int64(bytes)
	l.lat.Record(now - sent)
	return now
}

// measure runs the driver for a warm-up and the interval, and closes it and the loop.
func (l *loop) measure(d driver) (res Result, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer unix.Close(l.ep)
	defer d.close()
	if err := d.start(); err != nil {
		return res, err
	}
	if err := l.until(d, l.now()+l.cfg.Warmup); err != nil {
		return res, err
	}
	cpu, err := l.cfg.readCPU()
	if err != nil {
		return res, err
	}
	l.ops, l.bytes, l.lost, l.idle = 0, 0, 0, 0
	l.lat.Reset()
	from := l.now()
	if err := l.until(d, from+l.cfg.Length); err != nil {
		return res, err
	}
	after, err := l.cfg.readCPU()
	if err != nil {
		return res, err
	}
	took := l.now() - from
	res = Result{Ops: l.ops, Bytes: l.bytes, Took: took, ServerCPU: after - cpu, Lost: l.lost, Latency: l.lat}
	res.ClientBusy = max(0, 1-float64(l.idle)/float64(took))
	return res, res.check()
}

const (
	checkEvery = 50 * time.Millisecond // how often late answers are looked for
	waitMillis = 20                    // the longest sleep, so that an interval ends in time
)

// until lets the driver run until the time is end.
func (l *loop) until(d driver, end time.Duration) error {
	patience := l.cfg.patience()
	every := min(checkEvery, max(patience/4, time.Millisecond))
	check := l.now() + every
	for {
		before := l.now()
		n, err := l.wait()
		if err != nil {
			return err
		}
		now := l.now()
		// Polls that find nothing, and sleeps, are the time without work.
		if n == 0 || !l.cfg.Spin {
			l.idle += now - before
		}
		if now >= check {
			if err := d.overdue(now, patience); err != nil {
				return err
			}
			check = now + every
		}
		if now >= end {
			return nil
		}
		for i := range n {
			if err := d.event(int(l.events[i].Fd), l.events[i].Events); err != nil {
				return err
			}
		}
	}
}

func (l *loop) wait() (int, error) {
	n, e := epollPoll(l.ep, l.events[:])
	if e == 0 && n == 0 && !l.cfg.Spin {
		var err error
		n, err = unix.EpollWait(l.ep, l.events[:], waitMillis)
		if err != nil && err != unix.EINTR {
			return 0, os.NewSyscallError("epoll_wait", err)
		}
		return max(n, 0), nil
	}
	if e != 0 && e != unix.EINTR {
		return 0, os.NewSyscallError("epoll_wait", e)
	}
	if e == unix.EINTR {
		n = 0
	}
	return n, nil
}
