// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv

import (
	"errors"

	"github.com/torsion-go/torsion/web"
)

// DefaultGather is how many bytes of a body of unknown length are gathered, where its length has to be known.
const DefaultGather = 1 << 20

// An Upload is the body of a request on its way to a program. As a producer it is held up when the program does not read.
type Upload struct {
	Length int64 // in bytes; -1 if it is not known
	r      *web.Request
	body   []byte // what was gathered
	read   bool   // there is nothing to read from the client, any more
}

// NewUpload returns the body of r, as long as it is.
func NewUpload(r *web.Request) *Upload {
	n := r.ContentLength()
	return &Upload{Length: n, r: r, read: n == 0}
}

// NoUpload is the body of a request that has none, or none any more.
func NoUpload(r *web.Request) *Upload { return &Upload{r: r, read: true} }

// ReadUpload calls next with the body of r. One of unknown length is gathered before, up to max bytes, beyond which the client gets 411; 0 means DefaultGather.
// next is not called for a body that does not come.
func ReadUpload(r *web.Request, max int, next func(u *Upload)) {
	switch {
	case Redirected(r):
		next(NoUpload(r))
		return
	case r.ContentLength() >= 0:
		next(NewUpload(r))
		return
	}
	if max <= 0 {
		max = DefaultGather
	}
	r.SetMaxBody(int64(max))
	r.ReadBody(func(body []byte, err error) {
		switch {
		case err == nil:
			next(&Upload{Length: int64(len(body)), r: r, body: body, read: true})
		case errors.Is(err, web.ErrBodyTooLarge):
			r.Error(411, "")
		}
	})
}

// Stream calls data with each piece, lent until return, and then end: with an error if the body is cut off or too large. For what was gathered it does so at once.
func (u *Upload) Stream(data func(p []byte), end func(err error)) {
	if !u.read {
		u.r.StreamBody(data, end)
		return
	}
	if len(u.body) > 0 {
		data(u.body)
		u.body = nil
	}
	end(nil)
}

// Pause holds the client up.
func (u *Upload) Pause() {
	if !u.read {
		u.r.PauseBody()
	}
}

// Resume lets the client send on.
func (u *Upload) Resume() {
	if !u.read {
		u.r.ResumeBody()
	}
}

// Stop lets the rest of the body come, to nobody.
func (u *Upload) Stop(error) { u.Resume() }
