// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"runtime"
	"time"
)

// Coroutines in a host. Go lets a coroutine (iter.Pull) be switched to only as deep in callbacks from C as it was made, with its thread locked as often, and ends the process otherwise. The passes of a reactor
// in a toolkit are made in such callbacks. A callback of the toolkit that opens a dialog, for which the toolkit runs its main loop anew, has them made one callback deeper; Finish
// has them made in none. So a switch is put off to the next pass that is made where the first was: at home.

// parkedWait bounds the wait for a pass while a switch is put off: nobody tells when a dialog is over.
const parkedWait = 20 * time.Millisecond

// SwitchBarred reports whether coroutines of this loop cannot be switched to from here. It is so in a hosted reactor only: where the host's thread is not as deep in callbacks from C as in the first
// pass, as in a main loop that a dialog runs. What deferred.Go started, and other coroutines, goes on afterwards. Loop only.
func (l *Loop) SwitchBarred() bool { return l.hosted != nil && !l.hosted.atHome() }

// CallWhenSwitchable calls f in the next pass for which SwitchBarred is false. Loop only.
func (l *Loop) CallWhenSwitchable(f func()) {
	h := l.hosted
	if h == nil {
		l.CallFromThread(f)
		return
	}
	h.parked = append(h.parked, f)
	h.nudge()
}

// unpark calls what was put off, if this is the place.
func (h *Hosted) unpark() {
	if len(h.parked) == 0 || !h.atHome() {
		return
	}
	parked := h.parked
	h.parked = nil
	for _, f := range parked {
		h.r.Loop.run(f, nil)
	}
}

// atHome reports whether coroutines can be switched to.
func (h *Hosted) atHome() bool {
	depth, inside := depths()
	return inside && depth == 0 || h.started && !inside && depth == h.home
}

func callDepth() int {
	depth, _ := depths()
	return depth
}

// depths returns how many callbacks from C the goroutine is in, and whether it is a coroutine, which does not show those of whoever resumed it.
var depths = func() (callbacks int, coroutine bool) {
	var room [128]uintptr
	pcs := room[:]
	n := runtime.Callers(1, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*len(pcs))
		n = runtime.Callers(1, pcs)
	}
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		switch f.Function {
		case "runtime.cgocallbackg":
			callbacks++
		case "runtime.corostart":
			coroutine = true
		}
		if !more {
			return callbacks, coroutine
		}
	}
}
