// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

const (
	// chunkSize makes a chunk exactly 16 KiB, a size of the allocator.
	chunkSize = 16<<10 - 16
	// sendNow is how much is gathered in a callback before it is sent without waiting for the callback's end.
	sendNow = 16 << 10
	// sendBurst is how much one Send is offered of a large write, which bounds the memory that it takes.
	sendBurst = 256 << 10
	// maxVector bounds the slices of one Send.
	maxVector = 64
	// maxFree bounds each list of things to use again.
	maxFree = 256
)

// A chunk holds bytes [off, end) that wait to be sent.
type chunk struct {
	off, end int
	buf      [chunkSize]byte
}

// An outbox holds what a connection has to send, while there is something.
type outbox struct {
	queue []*chunk // in order; queue[head:] are in use
	head  int
	vec   [][]byte // what Send was offered; the poller's while lent
	left  int      // bytes that left while the chunks were lent
	fds   []rider  // descriptors to be passed
	files *files   // mostly nil
}

// A freelist keeps chunks and outboxes for the next one who writes: last in, first out, so that they are warm in the processor's cache.
type freelist struct {
	chunks   []*chunk
	outboxes []*outbox
	lent     int // chunks and outboxes in use
}

func (f *freelist) chunk() *chunk {
	f.lent++
	if n := len(f.chunks); n > 0 {
		c := f.chunks[n-1]
		f.chunks = f.chunks[:n-1]
		return c
	}
	return new(chunk)
}

func (f *freelist) putChunk(c *chunk) {
	f.lent--
	if len(f.chunks) < maxFree {
		c.off, c.end = 0, 0
		f.chunks = append(f.chunks, c)
	}
}

func (f *freelist) outbox() *outbox {
	f.lent++
	if n := len(f.outboxes); n > 0 {
		o := f.outboxes[n-1]
		f.outboxes = f.outboxes[:n-1]
		return o
	}
	return new(outbox)
}

// putOutbox takes back an outbox and every chunk in it.
func (f *freelist) putOutbox(o *outbox) {
	f.lent--
	for i, c := range o.queue[o.head:] {
		o.queue[o.head+i] = nil
		f.putChunk(c)
	}
	clear(o.vec)
	o.queue, o.head, o.vec, o.left, o.fds, o.files = o.queue[:0], 0, o.vec[:0], 0, nil, nil
	if len(f.outboxes) < maxFree && cap(o.queue) <= maxVector {
		f.outboxes = append(f.outboxes, o)
	}
}

// put copies as much of p as fits into the last chunk, or a new one, and returns how much that was.
func (o *outbox) put(f *freelist, p []byte) int {
	var c *chunk
	if len(o.queue) > o.head {
		c = o.queue[len(o.queue)-1]
	}
	if c == nil || c.end == chunkSize {
		c = f.chunk()
		o.queue = append(o.queue, c)
	}
	n := copy(c.buf[c.end:], p)
	c.end += n
	return n
}

// vector returns what waits, at most limit bytes, as slices for Send.
func (o *outbox) vector(limit int) (vec [][]byte, size int) {
	vec = o.vec[:0]
	for _, c := range o.queue[o.head:] {
		if size == limit || len(vec) == maxVector {
			break
		}
		b := c.buf[c.off:c.end]
		b = b[:min(len(b), limit-size)]
		vec = append(vec, b)
		size += len(b)
	}
	o.vec = vec
	return vec, size
}

// drop takes n bytes that have left from the front.
func (o *outbox) drop(f *freelist, n int) {
	for n > 0 {
		c := o.queue[o.head]
		take := min(n, c.end-c.off)
		c.off += take
		n -= take
		if c.off < c.end {
			return
		}
		o.queue[o.head] = nil
		o.head++
		f.putChunk(c)
	}
	switch {
	case o.head == len(o.queue):
		o.queue, o.head = o.queue[:0], 0
	case o.head > maxVector:
		n := copy(o.queue, o.queue[o.head:])
		clear(o.queue[n:])
		o.queue, o.head = o.queue[:n], 0
	}
}
