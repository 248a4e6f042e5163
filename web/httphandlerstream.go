// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"net/http"
	"strconv"

	"github.com/torsion-go/torsion/core/protocol"
)

func (s *guestStream) transport() protocol.Transport { return s.t }

func (s *guestStream) server() *Site { return s.site }

func (s *guestStream) sendHead(r *Request, body []byte, last bool) {
	h := make(http.Header, len(r.header.fields())+3)
	for _, f := range r.header.fields() {
		switch k := http.CanonicalHeaderKey(f.Name); k {
		case "Transfer-Encoding":
		case "Connection":
			if hasToken(&r.header, k, "close") {
				h.Set(k, "close")
			}
		default:
			h[k] = append(h[k], f.Value)
		}
	}
	if h["Server"] == nil && s.site.config.Server != "-" {
		h.Set("Server", s.site.config.Server)
	}
	if h["Content-Type"] == nil && r.declared != 0 && !noBody(r.Status()) {
		h.Set("Content-Type", s.site.config.ContentType)
	}
	if n := r.announced(); n >= 0 {
		h.Set("Content-Length", strconv.FormatInt(n, 10))
	}
	s.g.send(guestHead{r.Status(), h, !last})
	if !r.bodiless && len(body) > 0 {
		s.t.Write(body)
	}
}

func (s *guestStream) sendBody(_ *Request, p []byte) { s.t.Write(p) }

func (s *guestStream) sendEnd(r *Request) {
	if r.more == nil || r.bodiless {
		return
	}
	if r.more.trailer.bad() {
		r.complain("web: trailer left out", "error", r.more.trailer.Err())
	}
	s.g.trailers(r.more.trailer.fields())
}

func (s *guestStream) sendInterim(_ *Request, status int, h *Header) {
	head := guestHead{status: status, header: make(http.Header)}
	for k, v := range h.All() {
		head.header.Add(k, v)
	}
	s.g.send(head)
}

func (s *guestStream) responded(r *Request) {
	s.record(r)
	r.tell(nil)
	s.g.complete()
	s.t.LoseConnection()
}

func (s *guestStream) record(r *Request) {
	if s.site.config.AccessLog != nil {
		r.logAccess(s.g.began, false)
	}
}

func (s *guestStream) bodyFlow(r *Request) {
	switch b := r.intake; {
	case !r.listens():
	case b.paused:
		s.t.Pause()
	case s.ended:
		s.t.Loop().CallLater(0, func() { r.endBody(nil, 0) })
	case b.received == 0 && b.tooLarge(r.ContentLength()):
		s.t.Loop().CallLater(0, s.tooLarge)
	default:
		s.g.want()
		s.t.Resume()
	}
}

func (s *guestStream) room() *[]byte { return gathered.Get().(*[]byte) }

func (s *guestStream) leave(b *[]byte) {
	if cap(*b) == gatherMax {
		*b = (*b)[:0]
		gathered.Put(b)
	}
}

func (s *guestStream) register(p protocol.Producer, mode protocol.ProducerMode) error {
	s.producer = p
	err := s.t.RegisterProducer(p, mode)
	if err != nil {
		s.producer = nil
	}
	return err
}

func (s *guestStream) unregister() {
	s.producer = nil
	s.t.UnregisterProducer()
}

func (s *guestStream) abort(r *Request) {
	s.t.AbortConnection()
	s.gone(protocol.Aborted())
}

var _ interface {
	protocol.Protocol
	protocol.HalfCloser
	stream
} = (*guestStream)(nil)
