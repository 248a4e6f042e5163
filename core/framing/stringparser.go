// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
)

// A Format is a way to put a length before a string.
type Format int

// The formats.
const (
	Netstring Format = iota // decimal length, ':', the bytes, ',': "5:hello,". Twisted: NetstringReceiver
	Int8                    // one byte of length. Twisted: Int8StringReceiver
	Int16                   // two bytes of length, big-endian. Twisted: Int16StringReceiver
	Int32                   // four bytes of length, big-endian. Twisted: Int32StringReceiver
)

// String returns "netstring", "int8", "int16" or "int32".
func (f Format) String() string { return [...]string{"netstring", "int8", "int16", "int32"}[f] }

// prefix returns the size of a binary length.
func (f Format) prefix() int { return [...]int{0, 1, 2, 4}[f] }

// DefaultMaxString is the default of the longest string that is received, in bytes. Twisted: MAX_LENGTH.
const DefaultMaxString = 99999

// ErrNetstring is matched by the errors for what is no netstring.
var ErrNetstring = errors.New("framing: malformed netstring")

// A StringTooLongError tells of a string longer than its format can express, when sending, or than the limit, when receiving.
type StringTooLongError struct {
	Length uint64 // of the string, or as much of it as is known
	Limit  uint64
}

// Error tells the length and the limit.
func (e *StringTooLongError) Error() string {
	return fmt.Sprintf("framing: string of %d bytes is longer than %d", e.Length, e.Limit)
}

// AppendString appends s in format f to dst. A string too long for the length of f is a *[StringTooLongError].
func AppendString(dst []byte, f Format, s []byte) ([]byte, error) {
	dst, err := appendPrefix(dst, f, len(s))
	if err != nil {
		return dst, err
	}
	dst = append(dst, s...)
	if f == Netstring {
		dst = append(dst, ',')
	}
	return dst, nil
}

func appendPrefix(dst []byte, f Format, n int) ([]byte, error) {
	limit := uint64(1)<<(8*f.prefix()) - 1
	switch {
	case f == Netstring:
		return append(strconv.AppendInt(dst, int64(n), 10), ':'), nil
	case uint64(n) > limit:
		return dst, &StringTooLongError{uint64(n), limit}
	case f == Int8:
		return append(dst, byte(n)), nil
	case f == Int16:
		return binary.BigEndian.AppendUint16(dst, uint16(n)), nil
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n)), nil
}

// A StringParser cuts fed bytes into strings that have their length before them. It does no I/O. The zero StringParser takes netstrings of up to 99999
// bytes. When Next has returned everything, it holds no more than one unfinished string. The first error is final.
//
// Netstrings are strict: no leading zeros, no spaces, nothing but ',' at the end. A length above the limit is known from its first digits, or from the
// prefix, so that nothing is held for it.
type StringParser struct {
	Format    Format
	MaxLength int // in bytes; 0 means DefaultMaxString

	in  buffer
	err error
}

// Feed adds b, which is copied.
func (p *StringParser) Feed(b []byte) {
	if p.err == nil {
		p.in.add(b)
	}
}

// Next returns the next string; ok is false when more input is needed. The string is lent until the next call of Feed or Next.
func (p *StringParser) Next() (s []byte, ok bool, err error) {
	if p.err != nil {
		return nil, false, p.err
	}
	head, n, err := p.length()
	if err != nil {
		return nil, false, p.fail(err)
	}
	data := p.in.data
	tail := 0
	if p.Format == Netstring {
		tail = 1
	}
	if head == 0 || len(data)-head-tail < n { // n+tail may be more than an int holds
		return nil, false, nil
	}
	if tail == 1 && data[head+n] != ',' {
		return nil, false, p.fail(fmt.Errorf("%w: %q in place of the comma", ErrNetstring, data[head+n]))
	}
	p.in.skip(head + n + tail)
	return data[head : head+n : head+n], true, nil
}

// Strings returns the strings that are there, and the error. It can be left at any time, and called again after more was fed.
func (p *StringParser) Strings() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			s, ok, err := p.Next()
			if !ok && err == nil || !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// Buffered returns how many bytes have not been returned.
func (p *StringParser) Buffered() int { return len(p.in.data) }

func (p *StringParser) fail(err error) error {
	p.err = err
	p.in.clear()
	return err
}

// length returns the size of the prefix, 0 if it is incomplete, and the length of the string.
func (p *StringParser) length() (head, n int, err error) {
	limit := uint64(cmp.Or(p.MaxLength, DefaultMaxString))
	data := p.in.data
	if p.Format == Netstring {
		return netstringLength(data, limit)
	}
	head = p.Format.prefix()
	if len(data) < head {
		return 0, 0, nil
	}
	var length uint64
	for _, b := range data[:head] {
		length = length<<8 | uint64(b)
	}
	if length > min(limit, math.MaxInt32) {
		return 0, 0, &StringTooLongError{length, limit}
	}
	return head, int(length), nil
}

func netstringLength(data []byte, limit uint64) (head, n int, err error) {
	limit = min(limit, math.MaxInt32)
	var length uint64
	for i, b := range data {
		switch {
		case b == ':' && i > 0:
			return i + 1, int(length), nil
		case b < '0' || b > '9':
			return 0, 0, fmt.Errorf("%w: %q in the length", ErrNetstring, b)
		case i > 0 && data[0] == '0':
			return 0, 0, fmt.Errorf("%w: the length begins with 0", ErrNetstring)
		}
		if length = length*10 + uint64(b-'0'); length > limit {
			return 0, 0, &StringTooLongError{length, limit}
		}
	}
	return 0, 0, nil
}
