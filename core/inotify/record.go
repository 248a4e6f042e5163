// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	headerSize = 16
	// maxName bounds the name of a record with its padding. Linux's own file systems have names of at most 255 bytes, others fewer than PATH_MAX.
	maxName = 4096 + headerSize
)

var errMalformed = errors.New("malformed event from the kernel")

// A record is one event as the kernel writes it: struct inotify_event, in the byte order of the machine.
type record struct {
	wd     int32
	mask   Mask
	cookie uint32
	name   []byte // of the entry, within the buffer; empty when the event is about the watched path itself
}

// decode returns the first record of p and what comes after it. The kernel writes whole records only, so one that is cut off is an error.
func decode(p []byte) (r record, rest []byte, err error) {
	if len(p) < headerSize {
		return record{}, nil, fmt.Errorf("%w: %d bytes where a header has %d", errMalformed, len(p), headerSize)
	}
	order := binary.NativeEndian
	r.wd, r.mask, r.cookie = int32(order.Uint32(p)), Mask(order.Uint32(p[4:])), order.Uint32(p[8:])
	size := order.Uint32(p[12:])
	p = p[headerSize:]
	if size > maxName {
		return record{}, nil, fmt.Errorf("%w: a name of %d bytes", errMalformed, size)
	}
	if uint32(len(p)) < size {
		return record{}, nil, fmt.Errorf("%w: %d bytes of a name of %d", errMalformed, len(p), size)
	}
	r.name, rest = p[:size:size], p[size:]
	if i := bytes.IndexByte(r.name, 0); i >= 0 {
		r.name = r.name[:i:i]
	}
	return r, rest, nil
}
