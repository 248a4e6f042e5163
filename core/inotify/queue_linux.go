// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// A kernelQueue is an inotify descriptor.
type kernelQueue struct {
	fd  int
	buf [64 << 10]byte // at least one event with the longest name
}

func openQueue() (queue, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return &kernelQueue{fd: fd}, nil
}

func (q *kernelQueue) FileDescriptor() int { return q.fd }

func (q *kernelQueue) ConnectionLost(error) {}

// add fails with EEXIST for a file that is watched already under another name: the kernel has one watch for each.
func (q *kernelQueue) add(path string, m Mask) (int, error) {
	return unix.InotifyAddWatch(q.fd, path, uint32(m)|unix.IN_MASK_CREATE)
}

func (q *kernelQueue) remove(id int) {
	unix.InotifyRmWatch(q.fd, uint32(id)) // fails if the file is gone, and the watch with it
}

func (q *kernelQueue) close() { unix.Close(q.fd) }

func (q *kernelQueue) read() ([]rawEvent, error) {
	n, err := unix.Read(q.fd, q.buf[:])
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return parse(q.buf[:n])
}

// parse reads a sequence of struct inotify_event: id, mask, cookie and length of the name, 4 bytes each in the machine's order, and the name, filled up with NULs.
func parse(b []byte) (out []rawEvent, err error) {
	for len(b) > 0 {
		if len(b) < unix.SizeofInotifyEvent {
			return out, io.ErrUnexpectedEOF
		}
		e := rawEvent{
			id:     int(int32(binary.NativeEndian.Uint32(b))),
			mask:   Mask(binary.NativeEndian.Uint32(b[4:])),
			cookie: binary.NativeEndian.Uint32(b[8:]),
		}
		length := binary.NativeEndian.Uint32(b[12:])
		b = b[unix.SizeofInotifyEvent:]
		if uint64(length) > uint64(len(b)) {
			return out, io.ErrUnexpectedEOF
		}
		name, _, _ := bytes.Cut(b[:length], []byte{0})
		e.name = string(name)
		b = b[length:]
		out = append(out, e)
	}
	return out, nil
}
