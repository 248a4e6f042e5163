// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// The opcodes of frames (RFC 6455 section 5.2).
const (
	opText   = 1
	opBinary = 2
	opPing   = 9
	opPong   = 10
	finalBit = 0x80
	maskBit  = 0x80
)

// maskKey masks what the client sends. Clients have to choose one for each frame; to servers it is all the same.
var maskKey = [4]byte{0x5a, 0x17, 0xc3, 0x88}

// A masker makes the frames of a client.
type masker struct {
	key []byte // maskKey, over and over
	buf []byte
}

func newMasker(size int) *masker {
	m := &masker{key: make([]byte, size), buf: make([]byte, 0, size+14)}
	for i := range m.key {
		m.key[i] = maskKey[i%4]
	}
	return m
}

// frame returns a frame of one message or control frame, which stays until the next call. p is as long as the size of newMasker at most.
func (m *masker) frame(op byte, p []byte) []byte {
	b := append(m.buf[:0], finalBit|op)
	switch {
	case len(p) < 126:
		b = append(b, maskBit|byte(len(p)))
	case len(p) < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|126), uint16(len(p)))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), uint64(len(p)))
	}
	b = append(b, maskKey[:]...)
	head := len(b)
	b = b[:head+len(p)]
	subtle.XORBytes(b[head:], p, m.key)
	m.buf = b[:0]
	return b
}

// A frameReader takes the frames of a server apart, as they come. Of a message it allows one frame only: that is all that servers which echo in one piece send.
type frameReader struct {
	head [10]byte
	have byte // bytes of head
	op   byte // of the frame whose payload is coming; 0 between frames
	left int  // bytes of it still to come
}

var errFrame = errors.New("the server sent a frame that is not allowed, or not as it was expected")

// next takes the next part of a payload off p. op is 0 if p ended before there was any. last tells that the frame is complete.
func (f *frameReader) next(p []byte) (op byte, part []byte, last bool, rest []byte, err error) {
	for f.op == 0 {
		need := byte(2)
		if f.have >= 2 {
			switch f.head[1] {
			case 126:
				need = 4
			case 127:
				need = 10
			}
		}
		if f.have == need {
			f.have = 0
			f.op = f.head[0] & 0x0f
			f.left = int(f.head[1])
			switch need {
			case 4:
				f.left = int(binary.BigEndian.Uint16(f.head[2:]))
			case 10:
				f.left = int(binary.BigEndian.Uint64(f.head[2:]))
			}
			if f.left < 0 {
				return 0, nil, false, nil, errFrame
			}
			break
		}
		if len(p) == 0 {
			return 0, nil, false, nil, nil
		}
		n := copy(f.head[f.have:need], p)
		f.have += byte(n)
		p = p[n:]
		if f.have >= 1 && f.head[0]&^0x0f != finalBit || f.head[0]&0x0f == 0 || f.have >= 2 && f.head[1]&maskBit != 0 {
			return 0, nil, false, nil, errFrame
		}
	}
	n := min(len(p), f.left)
	op, part, rest = f.op, p[:n], p[n:]
	if f.left -= n; f.left == 0 {
		f.op, last = 0, true
	}
	return op, part, last, rest, nil
}

// between reports whether nothing of a frame has come.
func (f *frameReader) between() bool { return f.op == 0 && f.have == 0 }
