// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import "testing"

// A portable stream that was busy once does not keep its large buffer for ever.
func TestPortableBuffer(t *testing.T) {
	r := open(t, "portable")
	c, s := r.pair("tcp")
	s.s.Receive(true)
	total, largest := 0, 0
	s.onReceived = func(p []byte) {
		total, largest = total+len(p), max(largest, len(p))
		s.got = nil
	}
	transfer := func(n int) {
		total = 0
		c.send(make([]byte, n))
		r.until("data", func() bool { return total == n && c.idle() })
	}
	transfer(8 << 20)
	if largest < 32<<10 {
		r.Skipf("the buffer grew to %d bytes only", largest)
	}
	for range 200 {
		transfer(1)
	}
	var lens []int
	s.onReceived = func(p []byte) { total += len(p); lens = append(lens, len(p)) }
	s.s.Receive(false)
	total = 0
	c.send(make([]byte, 64<<10))
	r.until("room", c.idle)
	s.s.Receive(true)
	r.until("data", func() bool { return total == 64<<10 })
	if lens[0] > 4<<10 {
		r.Errorf("the buffer has %d bytes after much idleness", lens[0])
	}
}
