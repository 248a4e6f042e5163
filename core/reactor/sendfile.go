// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"os"
	"slices"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// Files are sent by sendfile(2), at most fileShare bytes a connection and pass, so that a client that takes them as fast as they come does not hold the loop.
// The system reads what is not in memory from the disk inside that call, for which the loop must not wait. So each piece is looked at before: when
// it is not in memory, a thread of the pool reads it, and more behind it, for nothing but to have it there; then the loop sends it. A file that is
// served often costs no thread, and no file is copied by the loop.
const (
	fileShare = 256 << 10
	// warmAhead is how much a thread reads at a time.
	warmAhead = 1 << 20
	// maxFiles bounds the files that wait on one connection.
	maxFiles = 1024
)

// files is what a connection has to send of files.
type files struct {
	queue []*fileSend
	sent  []*fileSend // all of it has left, and done is to be called
	share int         // how much may still be sent in this flush
}

// A fileSend is a part of a file that waits to be sent.
type fileSend struct {
	f      *os.File
	raw    syscall.RawConn
	after  int   // bytes to be sent before it, counted from the file before
	offset int64 // of what comes next
	left   int64
	sent   int64
	warm   int64 // the end of what a thread has read
	busy   bool  // a thread reads
	done   func(sent int64, err error)
	err    error // why it ended the connection

	send func(fd uintptr) // makes the call that follows; made once
	call fileCall
}

// A fileCall is one call of the poller's SendFile: what goes in and what comes out.
type fileCall struct {
	s    poll.FileSender
	vec  [][]byte
	size int // of vec
	max  int // bytes of the file
	cold bool
	n    int
	err  error
}

// SendFile sends a part of a file; see [protocol.FileSender]. It is there on Linux, macOS, FreeBSD and DragonFly, except below a layer such as TLS and in the portable poller.
func (c *conn) SendFile(f *os.File, offset, n int64, done func(sent int64, err error)) error {
	c.check("reactor: Transport.SendFile")
	if upper := c.upper(); upper != nil {
		if s, ok := protocol.As[protocol.FileSender](upper); ok {
			return s.SendFile(f, offset, n, done)
		}
		return fmt.Errorf("reactor: SendFile: through a layer: %w", errors.ErrUnsupported)
	}
	return c.sendFile(f, offset, n, done)
}

func (c *conn) sendFile(f *os.File, offset, n int64, done func(sent int64, err error)) error {
	if !c.writable() {
		return net.ErrClosed
	}
	s, ok := c.stream.(poll.FileSender)
	if !ok {
		return fmt.Errorf("reactor: SendFile: by this poller: %w", errors.ErrUnsupported)
	}
	if offset < 0 || n < 0 || offset > math.MaxInt64-n {
		return fmt.Errorf("reactor: SendFile: %d bytes from %d: %w", n, offset, fs.ErrInvalid)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("reactor: SendFile: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("reactor: SendFile: %s is no regular file: %w", f.Name(), errors.ErrUnsupported)
	case info.Size() < offset+n:
		return &fs.PathError{Op: "reactor: SendFile", Path: f.Name(), Err: io.ErrUnexpectedEOF}
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("reactor: SendFile: %w", err)
	}
	if c.out == nil {
		c.out = c.loop.free.outbox()
	}
	if c.out.files == nil {
		c.out.files = new(files)
	}
	x := c.out.files
	if len(x.queue)+len(x.sent) >= maxFiles {
		return fmt.Errorf("reactor: SendFile: %d files wait: %w", maxFiles, protocol.ErrBufferOverflow)
	}
	part := &fileSend{f: f, raw: raw, offset: offset, left: n, done: done, after: c.queued}
	part.call.s = s
	part.send = part.sendNow
	for _, earlier := range x.queue {
		part.after -= earlier.after
	}
	x.queue = append(x.queue, part)
	c.filing = true
	c.touch()
	if waiting := c.waiting(); waiting > protocol.HighWater && c.gate().Streaming() {
		c.filled(waiting)
	}
	return nil
}

// waiting returns how many bytes wait, those of files included.
func (c *conn) waiting() int {
	if !c.filing || c.ended {
		return c.queued
	}
	n := int64(c.queued)
	for _, part := range c.out.files.queue {
		if n += part.left; n > math.MaxInt || n < 0 {
			return math.MaxInt
		}
	}
	return int(n)
}

// nextFile returns the file that is to be sent next, or nil.
func (c *conn) nextFile() *fileSend {
	if !c.filing || len(c.out.files.queue) == 0 {
		return nil
	}
	return c.out.files.queue[0]
}

// left takes n bytes from what waits in front of the next file.
func (c *conn) left(n int) {
	c.queued -= n
	if part := c.nextFile(); part != nil {
		part.after -= n
	}
}

// pushFile sends what waits in front of the next file, all of which may leave, and some of the file. It reports whether sending goes on; the file may have to
// wait while what is in front of it does not.
func (c *conn) pushFile(part *fileSend) (again bool) {
	x := c.out.files
	switch {
	case part.left == 0 && part.after == 0:
		x.queue = slices.Delete(x.queue, 0, 1)
		x.sent = append(x.sent, part)
		return true
	case part.busy || part.left == 0:
		return false
	case x.share <= 0:
		c.touch() // in the next pass
		return false
	}
	call := &part.call
	call.vec, call.size = c.out.vector(part.after)
	if call.size < part.after {
		return false
	}
	call.max = int(min(part.left, int64(x.share)))
	call.n, call.err, call.cold = 0, nil, false
	if part.raw.Control(part.send) != nil {
		call.err = &fs.PathError{Op: "reactor: SendFile", Path: part.f.Name(), Err: os.ErrClosed}
	}
	call.vec = nil
	if call.cold {
		c.warm(part)
		return false
	}
	head := min(call.n, call.size)
	c.left(head)
	c.out.passed(head)
	c.out.drop(&c.loop.free, head)
	n := call.n - head
	x.share -= n
	part.offset += int64(n)
	part.left -= int64(n)
	part.sent += int64(n)
	if call.err != nil {
		c.failFile(part, call.err)
		return false
	}
	c.blocked = call.n < call.size+call.max
	return !c.blocked
}

// sendNow is called with the file's descriptor.
func (part *fileSend) sendNow(fd uintptr) {
	call := &part.call
	if part.offset+int64(call.max) > part.warm && !poll.FileResident(fd, part.offset, call.max) {
		call.cold = true
		return
	}
	call.n, call.err = call.s.SendFile(call.vec, fd, part.offset, call.max)
}

// warm has a thread read what comes next of a file. The connection may end meanwhile, and the file be closed: then it reads in vain.
func (c *conn) warm(part *fileSend) {
	part.busy = true
	from, n := part.offset, min(part.left, warmAhead)
	c.loop.CallInThread(func() {
		_, err := io.Copy(io.Discard, io.NewSectionReader(part.f, from, n))
		c.loop.CallFromThread(func() {
			part.busy = false
			if c.ended || c.broken() != nil {
				return
			}
			if err != nil {
				c.failFile(part, err)
				return
			}
			part.warm = from + n
			c.touch()
		})
	})
}

// failFile ends the connection because of a file, or because of the socket that it was to leave by.
func (c *conn) failFile(part *fileSend, err error) {
	if err == io.EOF {
		err = &fs.PathError{Op: "reactor: SendFile", Path: part.f.Name(), Err: io.ErrUnexpectedEOF}
	}
	part.err = lost(err)
	if !c.breaks(err) {
		c.end(part.err, true)
	}
}

// tellFiles calls what wants to know that a file was sent.
func (c *conn) tellFiles() {
	x := c.out.files
	for len(x.sent) > 0 && !c.ended {
		part := x.sent[0]
		x.sent = slices.Delete(x.sent, 0, 1)
		c.filing = len(x.queue)+len(x.sent) > 0
		c.tellFile(part)
	}
}

func (c *conn) tellFile(part *fileSend) {
	defer c.guardProducer()
	if part.done != nil {
		part.done(part.sent, nil)
	}
}

// loseFiles calls what wants to know that a file was sent, or not.
func (c *conn) loseFiles(reason error) {
	if !c.filing {
		return
	}
	x := c.out.files
	c.loop.free.putOutbox(c.out)
	c.out, c.filing = nil, false
	x.lost(c, reason)
}

// lost calls them all.
func (x *files) lost(c *conn, reason error) {
	for _, part := range x.sent {
		c.loseFile(part, nil)
	}
	for _, part := range x.queue {
		if part.err != nil {
			c.loseFile(part, part.err)
		} else {
			c.loseFile(part, reason)
		}
	}
}

func (c *conn) loseFile(part *fileSend, err error) {
	defer c.logPanic()
	if part.done != nil {
		part.done(part.sent, err)
	}
}
