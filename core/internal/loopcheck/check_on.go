// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build race || torsion_debug

package loopcheck

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/protocol"
)

// Enabled tells whether this build checks.
const Enabled = true

// A Guard checks the calls on something that belongs to one loop. The zero Guard allows every call.
type Guard struct{ loop protocol.Loop }

// New returns the Guard of what belongs to loop; loop may be nil.
func New(loop protocol.Loop) Guard { return Guard{loop} }

// Check panics if the caller isn't on the loop. op names the call, as in "reactor: Port.StopListening".
func (g Guard) Check(op string) { Check(g.loop, op) }

// Check is Guard.Check for those that keep the loop themselves. loop may be nil.
func Check(loop protocol.Loop, op string) {
	if loop == nil {
		return
	}
	if loop.OnLoop() {
		learn(loop)
		return
	}
	if r, ok := loop.(interface{ Running() bool }); ok && !r.Running() {
		return
	}
	own, all := stacks()
	panic(fmt.Sprintf("%s is loop only, but was called off its loop; go through CallFromThread\n\ncaller:\n%s\n%s", op, own, loopStack(loop, all)))
}

// goroutines maps a loop to the text that begins its goroutine's stack, "goroutine 12 ", as it was when a check first passed.
var goroutines sync.Map

// known counts what is in goroutines. Which loops have ended is not asked: the channels of one that belongs to a synctest bubble may not be touched from outside.
var known atomic.Int32

const maxKnown = 1024

func learn(loop protocol.Loop) {
	if _, known := goroutines.Load(loop); known {
		return
	}
	if known.Add(1) > maxKnown {
		goroutines.Clear()
		known.Store(1)
	}
	var b [64]byte
	n := runtime.Stack(b[:], false)
	if id, ok := prefix(b[:n]); ok {
		goroutines.Store(loop, id)
	}
}

// prefix returns "goroutine N " from the beginning of a stack.
func prefix(stack []byte) (string, bool) {
	end := bytes.IndexByte(stack, '[')
	if end < 0 {
		return "", false
	}
	return string(stack[:end]), true
}

// stacks returns the caller's stack and those of all goroutines.
func stacks() (own, all []byte) {
	own, all = make([]byte, 1<<16), make([]byte, 1<<20)
	return own[:runtime.Stack(own, false)], all[:runtime.Stack(all, true)]
}

// loopStack picks the loop's stack from all, or returns all where the loop's goroutine isn't known or has ended.
func loopStack(loop protocol.Loop, all []byte) string {
	if id, ok := goroutines.Load(loop); ok && !ended(loop) {
		for _, s := range bytes.Split(all, []byte("\n\n")) {
			if bytes.HasPrefix(s, []byte(id.(string))) {
				return "loop:\n" + string(s)
			}
		}
	}
	return "all goroutines, the loop among them:\n" + string(all)
}

func ended(loop protocol.Loop) bool {
	select {
	case <-loop.Done():
		return true
	default:
		return false
	}
}
