// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxCodings is how many codings may lie over each other: each multiplies what the others make of a byte (CVE-2023-23916 of curl).
const maxCodings = 5

// A DecoderConfig says what a [DecoderAgent] decodes, and bounds it. Zero fields mean their defaults.
type DecoderConfig struct {
	// Codings are advertised in this order: of "zstd", "br", "gzip" and "deflate". nil means all of them, in this order.
	Codings []string
	// MaxSize bounds what one body is decoded to, in bytes; 0 means 64 MiB, below 0 no bound. With several codings it bounds what each of them makes.
	MaxSize int64
	// MaxRatio bounds it to so many times what was received, once it is more than 1 MiB; 0 means 200, below 0 no bound.
	MaxRatio int64
}

// A DecoderAgent advertises codings in Accept-Encoding, unless the request says something there or asks for a Range, and decodes bodies, whoever asked for the coding. It peels codings
// off from the right end of Content-Encoding and stops at one that it does not know, which it leaves there with what is left of it. When it decodes, Content-Encoding and
// Content-Length are removed from the header, and Length is -1. Responses to HEAD, and those with status 101, 204, 206 and 304, are left as they are. Twisted: ContentDecoderAgent.
//
// Data that is corrupt or cut off, or has something behind its end, fails the body with an [Error] of phase PhaseResponse; so does a body that is larger than its bounds, with
// [ErrBodyTooLong] as its cause. An empty body is taken as it is. Bodies are decoded as they come, on the loop, a bounded piece each turn; who pauses the body holds the server back. A body
// needs the decoder's window of memory: 32 KiB for gzip and deflate, at most 8 MiB for zstd (RFC 9659), at most 16 MiB for br.
type DecoderAgent struct {
	inner  Doer
	cfg    DecoderConfig
	accept string
}

// NewDecoderAgent returns a DecoderAgent that sends by inner. It panics if cfg names a coding that there is not.
func NewDecoderAgent(inner Doer, cfg DecoderConfig) *DecoderAgent {
	if cfg.Codings == nil {
		cfg.Codings = []string{"zstd", "br", "gzip", "deflate"}
	}
	cfg.Codings = slices.Clone(cfg.Codings)
	for _, name := range cfg.Codings {
		if decoders[name] == nil {
			panic(fmt.Sprintf("client: there is no coding %q", name))
		}
	}
	cfg.MaxSize = cmp.Or(cfg.MaxSize, 64<<20)
	cfg.MaxRatio = cmp.Or(cfg.MaxRatio, 200)
	return &DecoderAgent{inner: inner, cfg: cfg, accept: strings.Join(cfg.Codings, ", ")}
}

// Loop returns the loop of the inner Doer. Safe from any goroutine.
func (a *DecoderAgent) Loop() protocol.Loop { return a.inner.Loop() }

// Unwrap returns the inner Doer.
func (a *DecoderAgent) Unwrap() Doer { return a.inner }

// Do sends r, and decodes the body of the response. Loop only.
func (a *DecoderAgent) Do(r *Request) *deferred.Deferred[*Response] {
	if !r.Header.Has("Accept-Encoding") && !r.Header.Has("Range") && a.accept != "" {
		r = cloned(r)
		r.Header.Set("Accept-Encoding", a.accept)
	}
	return a.inner.Do(r).AddCallback(func(resp *Response) (*Response, error) {
		if err := a.decode(r, resp); err != nil {
			resp.StopBody()
			return nil, failed(r, PhaseResponse, err, resp)
		}
		return resp, nil
	})
}

// decode arranges for the body to be decoded.
func (a *DecoderAgent) decode(r *Request, resp *Response) error {
	if methodOf(r) == "HEAD" || !resp.Header.Has("Content-Encoding") {
		return nil
	}
	switch resp.Status {
	case 101, 204, 206, 304:
		return nil
	}
	listed := slices.Collect(resp.Header.Tokens("Content-Encoding"))
	var peeled []string
	for len(listed) > 0 {
		name := strings.ToLower(listed[len(listed)-1])
		if name == "x-gzip" {
			name = "gzip"
		}
		if name != "identity" && !slices.Contains(a.cfg.Codings, name) {
			break
		}
		if name != "identity" {
			peeled = append(peeled, name)
		}
		listed = listed[:len(listed)-1]
	}
	switch {
	case len(peeled) == 0:
		return nil
	case len(peeled) > maxCodings:
		return fmt.Errorf("%d codings lie over each other: %w", len(peeled), ErrBodyTooLong)
	}
	resp.Header.Del("Content-Encoding")
	if len(listed) > 0 {
		resp.Header.Set("Content-Encoding", strings.Join(listed, ", "))
	}
	resp.Header.Del("Content-Length")
	resp.Length = -1
	resp.stream = newDecoding(resp.stream, peeled, a.cfg, func(err error) error { return failed(r, PhaseResponse, err, resp) })
	return nil
}

var _ Doer = (*DecoderAgent)(nil)
