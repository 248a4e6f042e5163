// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "strconv"

// A Writer frames what one end of a connection sends. It appends to a slice of the caller's, so that any number of messages leaves in one write. It holds no memory besides
// itself, and the window of what it has compressed if it may refer to that.
//
// The order of calls is the order of the frames. Whoever sends nothing after AppendClose keeps to the protocol.
type Writer struct {
	// Role is this end's: a Client masks.
	Role Role

	bits    uint8 // of how far a message may refer back
	state   uint8
	deflate *Compression // nil: not negotiated
	window  *window      // of what was sent, where it may be referred to
}

// The states of a Writer: the fragments that follow belong to a message.
const (
	noMessage uint8 = iota
	plainMessage
	compressedMessage
)

// NewWriter returns a writer for one end of a connection, with what was negotiated in the handshake: c and p are both nil or both not. It may be kept by value.
func NewWriter(role Role, c *Compression, p *Params) Writer {
	w := Writer{Role: role}
	if c != nil && p != nil {
		d := p.from(role)
		w.deflate, w.bits = c, d.Bits
		if d.Takeover {
			w.window = &window{max: min(maxSendWindow, 1<<d.Bits)}
		}
	}
	return w
}

// AppendMessage appends the message p, Text or Binary, as one frame. It is compressed if that was negotiated, p is not shorter than the threshold, and it helps: now, or later
// ones that refer to it, until the window is full.
func (w *Writer) AppendMessage(dst []byte, op Opcode, p []byte) []byte {
	w.begin(op)
	if w.Compresses(len(p)) {
		z := deflaters.Get().(*deflater)
		defer z.put()
		z.compress(w.deflate.level(), w.bits, w.window.bytes(), p)
		if out := z.out[:len(z.out)-4]; len(out) < len(p) || w.window != nil && len(w.window.b) < w.window.max {
			if w.window != nil {
				w.window.add(p)
			}
			return w.appendFrame(dst, byte(op)|bitFinal|bitRSV1, out)
		}
	}
	return w.appendFrame(dst, byte(op)|bitFinal, p)
}

// AppendFragment appends a fragment of a message: the first one, which tells op, if the fragment before was final, else the next one. final ends the message. Whether the message
// is compressed is decided by its first fragment, whose length does not matter if it is not the last.
func (w *Writer) AppendFragment(dst []byte, op Opcode, p []byte, final bool) []byte {
	b0 := byte(Continuation)
	if w.state == noMessage {
		if final {
			return w.AppendMessage(dst, op, p)
		}
		w.begin(op)
		b0, w.state = byte(op), plainMessage
		if w.deflate != nil && w.deflate.Threshold >= 0 {
			b0, w.state = b0|bitRSV1, compressedMessage
		}
	}
	compressed := w.state == compressedMessage
	if final {
		b0, w.state = b0|bitFinal, noMessage
	}
	if !compressed {
		return w.appendFrame(dst, b0, p)
	}
	z := deflaters.Get().(*deflater)
	defer z.put()
	z.compress(w.deflate.level(), w.bits, w.window.bytes(), p)
	if w.window != nil {
		w.window.add(p)
	}
	if final {
		z.out = z.out[:len(z.out)-4]
	}
	return w.appendFrame(dst, b0, z.out)
}

// Compresses reports whether AppendMessage will try to compress a message of n bytes.
func (w *Writer) Compresses(n int) bool {
	return w.deflate != nil && w.deflate.Threshold >= 0 && n >= w.deflate.threshold(w.window != nil)
}

// AppendHead appends what stands before an uncompressed message of n bytes, for a caller who writes the payload himself and saves the copy. It is for servers only, who do
// not mask.
func (w *Writer) AppendHead(dst []byte, op Opcode, n int) []byte {
	w.begin(op)
	if w.Role == Client {
		panic("ws: a client's payload is masked")
	}
	return Header{Opcode: op, Final: true, Length: int64(n)}.Append(dst)
}

// AppendPing appends a Ping, whose payload has at most 125 bytes.
func (w *Writer) AppendPing(dst, p []byte) []byte { return w.appendControl(dst, Ping, p) }

// AppendPong appends a Pong: unasked, or the answer to a Ping that had the payload p.
func (w *Writer) AppendPong(dst, p []byte) []byte { return w.appendControl(dst, Pong, p) }

// AppendClose appends a Close with a valid code and the reason as far as there is room for it, see [CutReason]. With NoStatus it is empty.
func (w *Writer) AppendClose(dst []byte, code Code, reason string) []byte {
	if code == NoStatus {
		return w.appendControl(dst, Close, nil)
	}
	if !code.IsValid() {
		panic("ws: close code " + strconv.Itoa(int(code)) + " is not for sending")
	}
	var b [maxControl]byte
	return w.appendControl(dst, Close, append(append(b[:0], byte(code>>8), byte(code)), CutReason(reason)...))
}

// Held returns the number of bytes of memory that w holds besides itself.
func (w *Writer) Held() int { return cap(w.window.bytes()) }

// begin checks that a message may begin.
func (w *Writer) begin(op Opcode) {
	if op != Text && op != Binary {
		panic("ws: a message is text or binary, not " + op.String())
	}
	if w.state != noMessage {
		panic("ws: a message begins inside of a fragmented one")
	}
}

func (w *Writer) appendControl(dst []byte, op Opcode, p []byte) []byte {
	if len(p) > maxControl {
		panic("ws: payload of a control frame is longer than 125 bytes")
	}
	return w.appendFrame(dst, byte(op)|bitFinal, p)
}

func (w *Writer) appendFrame(dst []byte, b0 byte, p []byte) []byte {
	h := Header{Opcode: Opcode(b0 & 0xf), Final: b0&bitFinal != 0, Reserved: b0 & bitsRSV, Length: int64(len(p))}
	if w.Role == Server {
		return append(h.Append(dst), p...)
	}
	h.Masked, h.Key = true, newKey()
	dst = h.Append(dst)
	start := len(dst)
	dst = append(dst, p...)
	Mask(h.Key, dst[start:])
	return dst
}
