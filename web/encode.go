// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"slices"
	"strings"
)

// An Encoder codes the body of one response, piece by piece. Each method appends what there is to send to dst, possibly nothing, and returns the result; p is lent.
// Close ends the body. The calls do not overlap, but come from the loop for small pieces and from other goroutines for large ones. An Encoder that has a method Discard()
// gets it called, last, in place of Close when its output is not wanted.
type Encoder interface {
	Encode(dst, p []byte) []byte
	Flush(dst []byte) []byte
	Close(dst []byte) []byte
}

// Encode has choose decide, when the head is about to be sent, how the body is to be coded. choose sees the response as it was made, with the length of its body if that is
// known, else -1; it may change the header, and returns nil to leave the body alone. It is called for responses without a body too, whose header is to be the same as
// with one: what it returns for those to HEAD is discarded, and it has to return nil for the status 204, 205, 206 and 304.
//
// A coded response has neither the Content-Length nor the Accept-Ranges of the resource, and a strong ETag becomes a weak one; choose sets Content-Encoding and Vary. Pieces of
// more than 64 KiB are coded in a thread where the loop has threads; up to 16 MiB may wait for that, and more cuts the response off. What was written is sent when the encoder
// has enough of it, at the end, when Flush is called, and when the resource pauses, unless a pull producer is registered: that is asked for more. What several calls of
// Encode choose is done one after another, beginning with the last. Loop only.
func (r *Request) Encode(choose func(r *Request, length int64) Encoder) {
	if !r.headSent && !r.finished && !r.gone {
		m := r.extra()
		m.choose = append(m.choose, choose)
	}
}

// uncodable reports whether responses with that status are never coded: they have no body, or a part of one.
func uncodable(status int) bool { return noBody(status) || status == 206 }

// encoding asks those who were given to Encode for the encoder of the response, whose declared length is set.
func (r *Request) encoding(last bool) {
	choose := r.more.choose
	r.more.choose = nil
	length := r.declared
	if length < 0 && last && (r.Method != "HEAD" || r.gather != nil) {
		length = int64(r.gatheredLen())
	}
	var encoder Encoder
	for _, f := range slices.Backward(choose) {
		e := f(r, length)
		switch {
		case e == nil:
		case uncodable(r.Status()):
			discard(e)
		case encoder == nil:
			encoder, length = e, -1
		default:
			encoder = &encoderChain{first: encoder, second: e}
		}
	}
	if encoder == nil {
		return
	}
	r.more.coder = &coder{r: r, encoder: encoder, plain: r.declared}
	r.declared, r.lengthSet = -1, false
	r.header.Del("Accept-Ranges")
	if tag := r.header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		r.header.Set("ETag", "W/"+tag)
	}
}

// coder returns what codes the body, or nil.
func (r *Request) coder() *coder {
	if r.more == nil {
		return nil
	}
	return r.more.coder
}

func discard(e Encoder) {
	if d, ok := e.(interface{ Discard() }); ok {
		d.Discard()
	}
}

// An encoderChain gives what first has made to second.
type encoderChain struct {
	first, second Encoder
	between       []byte
}

func (c *encoderChain) pass(dst, between []byte) []byte {
	c.between = between
	if len(between) == 0 {
		return dst
	}
	return c.second.Encode(dst, between)
}

func (c *encoderChain) Encode(dst, p []byte) []byte {
	return c.pass(dst, c.first.Encode(c.between[:0], p))
}

func (c *encoderChain) Flush(dst []byte) []byte {
	return c.second.Flush(c.pass(dst, c.first.Flush(c.between[:0])))
}

func (c *encoderChain) Close(dst []byte) []byte {
	return c.second.Close(c.pass(dst, c.first.Close(c.between[:0])))
}

func (c *encoderChain) Discard() {
	discard(c.first)
	discard(c.second)
}
