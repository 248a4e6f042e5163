// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package subunit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse reads the packet that b begins with, and returns how long it is. ErrShort asks for more bytes; what other errors say, more bytes do not mend. The packet's Data is a part of b.
func Parse(b []byte) (*Packet, int, error) {
	if len(b) > 0 && b[0] != signature {
		return nil, 0, fmt.Errorf("subunit: no packet begins with 0x%02x", b[0])
	}
	if len(b) < 4 {
		return nil, 0, ErrShort
	}
	flags := binary.BigEndian.Uint16(b[1:])
	if flags&0xf000 != version {
		return nil, 0, fmt.Errorf("subunit: version %d, want 2", flags>>12)
	}
	if flags&flagZero != 0 {
		return nil, 0, errors.New("subunit: a bit is set that must not be")
	}
	head := reader{b: b[3:]}
	length := head.number()
	if head.short {
		return nil, 0, ErrShort
	}
	if length > MaxPacket {
		return nil, 0, ErrTooLong
	}
	at := len(b) - len(head.b)
	if length < at+4 {
		return nil, 0, fmt.Errorf("subunit: a packet of %d bytes", length)
	}
	if len(b) < length {
		return nil, 0, ErrShort
	}
	end := length - 4
	if got, want := crc32.ChecksumIEEE(b[:end]), binary.BigEndian.Uint32(b[end:]); got != want {
		return nil, 0, fmt.Errorf("subunit: checksum %08x, want %08x", want, got)
	}
	p, err := parseBody(flags, reader{b: b[at:end:end]})
	if err != nil {
		return nil, 0, err
	}
	return p, length, nil
}

func parseBody(flags uint16, r reader) (*Packet, error) {
	p := &Packet{Status: Status(flags & maskStatus), Runnable: flags&flagRunnable != 0, EOF: flags&flagEOF != 0}
	if flags&flagTime != 0 {
		if sec := r.take(4); sec != nil {
			p.Time = time.Unix(int64(binary.BigEndian.Uint32(sec)), int64(r.number())).UTC()
		}
	}
	if flags&flagTest != 0 {
		p.Test = r.string()
	}
	if flags&flagTags != 0 {
		n := r.number()
		for ; n > 0 && !r.short; n-- {
			p.Tags = append(p.Tags, r.string())
		}
	}
	if flags&flagMIME != 0 {
		p.MIME = r.string()
	}
	if flags&flagFile != 0 {
		p.File = r.string()
		p.Data = r.take(r.number())
	}
	if flags&flagRoute != 0 {
		p.Route = r.string()
	}
	switch {
	case r.short:
		return nil, errors.New("subunit: a field extends past the end of its packet")
	case r.bad:
		return nil, errors.New("subunit: a string is no UTF-8 or has a NUL")
	case len(r.b) > 0:
		return nil, fmt.Errorf("subunit: %d bytes behind the last field", len(r.b))
	}
	return p, nil
}

// A reader takes fields from the front of b. It remembers if there was too little, or a string was wrong.
type reader struct {
	b          []byte
	short, bad bool
}

func (r *reader) take(n int) []byte {
	if r.short || len(r.b) < n {
		r.short = true
		return nil
	}
	f := r.b[:n:n]
	r.b = r.b[n:]
	return f
}

func (r *reader) number() int {
	first := r.take(1)
	if first == nil {
		return 0
	}
	n := int(first[0] & 0x3f)
	for _, c := range r.take(int(first[0] >> 6)) {
		n = n<<8 | int(c)
	}
	return n
}

func (r *reader) string() string {
	s := string(r.take(r.number()))
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		r.bad = true
	}
	return s
}
