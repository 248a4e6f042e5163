// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strconv"
)

var errEnded = fmt.Errorf("protocoltest: the clock has ended: %w", net.ErrClosed)

// CallFromThread queues f for the next pass or Turn. After End it drops f. Safe from any goroutine.
func (c *Clock) CallFromThread(f func()) {
	if f == nil {
		panic("protocoltest: CallFromThread of a nil function")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.posted = append(c.posted, f)
	c.makeChannels()
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// Posted returns how many functions wait for the next pass or Turn. Safe from any goroutine.
func (c *Clock) Posted() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.posted)
}

// OnLoop reports whether the caller's goroutine is the loop: the one that made the clock or that advanced it last, or a coroutine (iter.Pull), which
// is taken to be one of the loop's. Safe from any goroutine.
func (c *Clock) OnLoop() bool {
	owner := c.owner.Load()
	return owner == 0 || owner == goroutineID() || inCoroutine()
}

// Done is closed by End. Safe from any goroutine.
func (c *Clock) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeChannels()
	return c.done
}

// End ends the loop as a reactor that has stopped does: Done is closed, what was posted or scheduled never runs, and what is posted from now on is
// dropped. It may be called more than once. Safe from any goroutine.
func (c *Clock) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended = true
	c.posted = nil
	c.makeChannels()
	close(c.done)
}

// Ended reports whether End was called. Safe from any goroutine.
func (c *Clock) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// runPosted runs what was posted before it was called. What a panic leaves over is queued again.
func (c *Clock) runPosted() (ran int) {
	c.mu.Lock()
	posted := c.posted
	c.posted = nil
	c.mu.Unlock()
	defer func() {
		if ran < len(posted) {
			c.mu.Lock()
			c.posted = append(posted[ran:], c.posted...)
			c.mu.Unlock()
		}
	}()
	for _, f := range posted {
		if c.Ended() {
			posted = nil
			break
		}
		ran++
		f()
	}
	return ran
}

// makeChannels is called with mu held.
func (c *Clock) makeChannels() {
	if c.done == nil {
		c.done = make(chan struct{})
		c.signal = make(chan struct{}, 1)
	}
}

func (c *Clock) channel() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeChannels()
	return c.signal
}

// own makes the caller's goroutine the loop, unless it is a coroutine of the loop.
func (c *Clock) own() {
	id := goroutineID()
	if c.owner.Load() != id && (c.owner.Load() == 0 || !inCoroutine()) {
		c.owner.Store(id)
	}
}

// goroutineID reads the number in "goroutine 17 [running]:".
func goroutineID() uint64 {
	var b [64]byte
	text := b[:runtime.Stack(b[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, _ := strconv.ParseUint(string(number), 10, 64)
	return id
}

// inCoroutine reports whether the caller's goroutine was made by iter.Pull or iter.Pull2: on a loop, such a goroutine stands in for the loop's own.
func inCoroutine() bool {
	b := make([]byte, 1<<16)
	b = b[:runtime.Stack(b, false)]
	return bytes.Contains(b, []byte("\ncreated by iter.Pull"))
}
