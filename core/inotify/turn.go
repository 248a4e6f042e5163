// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"slices"
	"syscall"
)

const (
	// readsPerTurn bounds how often the queue is read before the loop does other things.
	readsPerTurn = 4
	// scansPerTurn bounds how many directories are read before the loop does other things.
	scansPerTurn = 32
)

// upcalls is a Notifier as its loop sees it.
type upcalls Notifier

func (u *upcalls) FileDescriptor() int { return u.k.fd() }

// DoRead never ends the watching by its result: what cannot go on closes the Notifier.
func (u *upcalls) DoRead() error {
	(*Notifier)(u).turn()
	return nil
}

func (u *upcalls) ConnectionLost(error) { (*Notifier)(u).Close() }

// turn reads events, then directories, and comes back in a later pass if there is more to do.
func (n *Notifier) turn() {
	empty, err := n.read()
	if err != nil {
		n.fail(err)
	}
	if n.closed {
		return
	}
	if empty { // so nothing that was read from a directory before is in the queue any more
		for _, p := range n.reported {
			p.known = nil
		}
		n.reported = nil
	}
	n.scan()
	if empty && len(n.unscanned) == 0 {
		n.verify()
	}
	switch {
	case n.closed || len(n.unscanned)+len(n.reported)+len(n.doubtful) == 0:
	case n.soon == nil:
		n.soon = n.loop.CallLater(0, n.turn)
	default:
		n.soon.Rearm(0)
	}
}

// read handles events, and reports whether the queue was empty in the end.
func (n *Notifier) read() (empty bool, err error) {
	for range readsPerTurn {
		size, err := n.k.read(n.buf[:])
		if err == syscall.EAGAIN {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		for p := n.buf[:size]; len(p) > 0; {
			var r record
			if r, p, err = decode(p); err != nil {
				return false, err
			}
			if n.handle(r); n.closed {
				return false, nil
			}
		}
	}
	return false, nil
}

// handle gives an event to the points that it concerns.
func (n *Notifier) handle(r record) {
	if r.mask&Overflow != 0 {
		n.overflowed()
		return
	}
	t := n.targets[r.wd]
	if t == nil {
		return // it was ignored meanwhile
	}
	if r.mask&Ignored != 0 {
		delete(n.targets, r.wd) // the kernel has removed it
	}
	name := string(r.name)
	for _, p := range slices.Clone(t.points) {
		if p.target == t && !p.w.ended {
			p.noticed(r.mask, name, r.cookie)
		}
	}
}

// overflowed tells all watches that events were lost, and has every directory looked at again.
func (n *Notifier) overflowed() {
	for _, w := range n.all() {
		if w.ended {
			continue
		}
		w.root.each(func(p *point) {
			n.doubt(p)
			if w.opt.AutoAdd {
				n.toScan(p)
			}
		})
		w.tell(Event{Path: w.path, Mask: Overflow})
	}
}

// fail closes a Notifier whose queue cannot be read.
func (n *Notifier) fail(err error) {
	n.log.Error("inotify: closed: reading events failed", "error", err)
	all := n.all()
	n.Close()
	for _, w := range all {
		w.tell(Event{Path: w.path, Mask: Ignored, Err: err})
	}
}

// toScan has p read by this turn or a later one.
func (n *Notifier) toScan(p *point) {
	if !p.queued {
		p.queued = true
		n.unscanned = append(n.unscanned, p)
	}
}

func (n *Notifier) scan() {
	for range scansPerTurn {
		if len(n.unscanned) == 0 {
			n.unscanned = nil
			return
		}
		p := n.unscanned[0]
		n.unscanned = n.unscanned[1:]
		p.queued = false
		if p.target != nil {
			p.scan()
		}
	}
}

// doubt has the place of p checked.
func (n *Notifier) doubt(p *point) {
	if !p.doubted {
		p.doubted = true
		n.doubtful = append(n.doubtful, p)
	}
}

// verify drops points that are no longer where they were. What moved a directory on may be in the queue still, so each gets a second chance after the queue
// was empty once more.
func (n *Notifier) verify() {
	doubtful := n.doubtful
	n.doubtful = nil
	for _, p := range doubtful {
		p.doubted = false
		switch {
		case p.target == nil:
		case p.w.ended:
			p.drop()
		case p.parent != nil && p.w.moved:
		case p.inPlace():
			p.missed = false
		case !p.missed:
			p.missed = true
			n.doubt(p)
		case p == p.w.root:
			p.w.end()
			p.w.tell(Event{Path: p.w.path, Mask: Ignored})
		default:
			p.drop()
		}
		if n.closed {
			return
		}
	}
}
