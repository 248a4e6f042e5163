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

// Status is what a packet says of a test.
type Status uint8

const (
	None Status = iota
	Exists
	InProgress
	Success
	UnexpectedSuccess
	Skip
	Fail
	ExpectedFailure
)

// MaxPacket is how long a packet may be.
const MaxPacket = 1<<22 - 1

const (
	signature = 0xb3
	version   = 0x2000

	flagTest     = 0x0800
	flagRoute    = 0x0400
	flagTime     = 0x0200
	flagRunnable = 0x0100
	flagTags     = 0x0080
	flagFile     = 0x0040
	flagMIME     = 0x0020
	flagEOF      = 0x0010
	flagZero     = 0x0008
	maskStatus   = 0x0007
)

// A Packet is one event. Zero fields are not sent. Its strings are UTF-8 without NUL.
type Packet struct {
	Status   Status
	Runnable bool
	Time     time.Time // from 1970 to 2106
	Test     string
	Tags     []string
	MIME     string // of the file; "": what an earlier packet said, or application/octet-stream
	File     string // its name; if there is one, Data is a part of it
	Data     []byte
	EOF      bool // the file ends
	Route    string
}

var (
	// ErrShort says that the bytes are the beginning of a packet.
	ErrShort = errors.New("subunit: packet is not whole")
	// ErrTooLong says that a packet exceeds MaxPacket.
	ErrTooLong = errors.New("subunit: packet is too long")
)

// Append appends p to b. It fails on strings that are no UTF-8 or have a NUL, times out of range, and packets above MaxPacket.
func Append(b []byte, p *Packet) ([]byte, error) {
	for _, s := range append([]string{p.Test, p.MIME, p.File, p.Route}, p.Tags...) {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return b, fmt.Errorf("subunit: %.100q is no UTF-8 or has a NUL", s)
		}
	}
	flags := uint16(version) | uint16(p.Status&maskStatus)
	var body []byte
	if !p.Time.IsZero() {
		sec := p.Time.Unix()
		if sec < 0 || sec > 1<<32-1 {
			return b, fmt.Errorf("subunit: %v cannot be sent", p.Time)
		}
		flags |= flagTime
		body = binary.BigEndian.AppendUint32(body, uint32(sec))
		body = appendNumber(body, p.Time.Nanosecond())
	}
	if p.Test != "" {
		flags |= flagTest
		body = appendString(body, p.Test)
	}
	if len(p.Tags) > 0 {
		flags |= flagTags
		body = appendNumber(body, len(p.Tags))
		for _, t := range p.Tags {
			body = appendString(body, t)
		}
	}
	if p.MIME != "" {
		flags |= flagMIME
		body = appendString(body, p.MIME)
	}
	if p.File != "" {
		if len(p.Data) > MaxPacket {
			return b, ErrTooLong
		}
		flags |= flagFile
		body = appendString(body, p.File)
		body = appendNumber(body, len(p.Data))
		body = append(body, p.Data...)
	}
	if p.Route != "" {
		flags |= flagRoute
		body = appendString(body, p.Route)
	}
	if p.Runnable {
		flags |= flagRunnable
	}
	if p.EOF {
		flags |= flagEOF
	}
	const fixed = 1 + 2 + 4 // signature, flags, checksum
	length := 0
	for n := 1; n <= 3; n++ { // the length counts itself
		if total := fixed + len(body) + n; sizeOf(total) == n {
			length = total
			break
		}
	}
	if length == 0 {
		// With one byte more for its length a packet may need one byte less: then it takes the longer form.
		for n := 2; n <= 3; n++ {
			if total := fixed + len(body) + n; total <= limits[n-1] {
				return seal(b, flags, total, n, body), nil
			}
		}
		return b, ErrTooLong
	}
	return seal(b, flags, length, sizeOf(length), body), nil
}

func seal(b []byte, flags uint16, length, size int, body []byte) []byte {
	start := len(b)
	b = append(b, signature)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = appendSized(b, length, size)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}

// limits are the largest numbers of 1 to 4 bytes; two bits of the first byte tell how many there are.
var limits = [...]int{1<<6 - 1, 1<<14 - 1, 1<<22 - 1, 1<<30 - 1}

func sizeOf(n int) int {
	for i, limit := range limits {
		if n <= limit {
			return i + 1
		}
	}
	return len(limits) + 1
}

func appendNumber(b []byte, n int) []byte { return appendSized(b, n, sizeOf(n)) }

func appendSized(b []byte, n, size int) []byte {
	n |= (size - 1) << (8*size - 2)
	for i := size - 1; i >= 0; i-- {
		b = append(b, byte(n>>(8*i)))
	}
	return b
}

func appendString(b []byte, s string) []byte { return append(appendNumber(b, len(s)), s...) }
