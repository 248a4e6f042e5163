// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Source is where the output of a program comes from. It is held up when the client does not read.
type Source interface {
	Pause()
	Resume()
	// Abandon is called when nobody waits for the answer any more: the client has left.
	Abandon(reason error)
}

// ReplyOptions tell how a Reply works.
type ReplyOptions struct {
	Name      string // of the package, for the log
	MaxHeader int    // bytes of the header block; 0 means DefaultMaxHeader
	BadStatus int    // what a bad header block is answered with; 0 means 502
	Logger    *slog.Logger
	// Local answers redirects to other paths of this server (RFC 3875 section 6.2.2). nil has the client redirected instead.
	Local web.Resource
}

// A Reply is the response to one request, which a program writes. It is over after End, Fail or the loss of the client; calls after that do nothing.
type Reply struct {
	r       *web.Request
	src     Source
	o       ReplyOptions
	parser  Parser
	pending []byte // of the body, before the head is sent
	d       *deferred.Deferred[struct{}]

	headed   bool // the header block is complete
	started  bool // head and some body are sent
	noBody   bool // what comes is dropped: the response has none
	redirect bool
	over     bool
}

// NewReply keeps the response of r open for the output of src.
func NewReply(r *web.Request, src Source, o ReplyOptions) *Reply {
	if o.BadStatus == 0 {
		o.BadStatus = 502
	}
	p := &Reply{r: r, src: src, o: o, parser: Parser{Max: o.MaxHeader}}
	p.d = deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[struct{}]) {
		if !p.over {
			p.over, p.pending = true, nil
			src.Abandon(protocol.Lost(nil))
		}
	})
	web.Later(r, p.d, func(struct{}) {
		if p.redirect {
			redirect(r, o, p.parser.Header.Location)
		}
	})
	return p
}

// Over reports whether nothing more is wanted.
func (p *Reply) Over() bool { return p.over }

// Write takes output of the program: the header block, then the body.
func (p *Reply) Write(b []byte) {
	if p.over {
		return
	}
	if !p.headed {
		var err error
		if b, p.headed, err = p.parser.Parse(b); err != nil {
			p.Fail(p.o.BadStatus, err)
			return
		}
		if !p.headed {
			return
		}
		p.skipped()
		h := &p.parser.Header
		if h.Status == 0 && len(h.Fields) == 0 && strings.HasPrefix(h.Location, "/") && !strings.HasPrefix(h.Location, "//") && p.o.Local != nil {
			p.over, p.redirect = true, true
			p.d.Callback(struct{}{})
			return
		}
	}
	switch {
	case p.noBody || len(b) == 0:
	case !p.started:
		p.pending = append(p.pending, b...)
	default:
		p.r.Write(b) // an excess over the Content-Length is dropped
	}
}

func (p *Reply) skipped() {
	if h := &p.parser.Header; h.Skipped > 0 {
		p.o.Logger.Warn(p.o.Name+": malformed header lines were left out", "uri", p.r.URI, "lines", h.Skipped, "first", h.First)
	}
}

// Settle sends what has come so far. It follows each batch of Writes, so that a short answer is sent whole and with its length.
func (p *Reply) Settle() {
	if p.over || !p.headed || p.started || len(p.pending) == 0 {
		return
	}
	p.commit()
	p.started = true
	b := p.pending
	p.pending = nil
	// The error is that of a response without a body, or of a client that is gone, of which Stop and Abandon tell.
	_ = p.r.RegisterProducer(flow{p}, protocol.PushProducer)
	if !p.over && !p.noBody {
		p.r.Write(b)
	}
}

// commit sets status and header.
func (p *Reply) commit() {
	h := &p.parser.Header
	header := p.r.ResponseHeader()
	switch {
	case h.Status != 0:
		p.r.SetStatusText(h.Status, h.Phrase)
	case h.Location != "":
		p.r.SetStatus(302)
		header.Set("Location", h.Location)
	}
	for _, f := range h.Fields {
		header.Add(f.Name, f.Value)
	}
}

// End is the end of the output: the response is complete.
func (p *Reply) End() {
	switch {
	case p.over:
		return
	case !p.headed:
		if err := p.parser.End(); err != nil {
			p.Fail(p.o.BadStatus, err)
			return
		}
	}
	if !p.started {
		p.commit()
		header, status := p.r.ResponseHeader(), p.r.Status()
		if !header.Has("Content-Length") && p.r.Method != "HEAD" && status != 204 && status != 304 {
			header.Set("Content-Length", strconv.Itoa(len(p.pending)))
		}
		p.r.Write(p.pending)
		p.pending = nil
	}
	p.finish(func() { p.r.Finish() })
}

// Fail ends the response because of an error: with a page of that status, or, if the head was sent, by cutting it off.
func (p *Reply) Fail(status int, err error) {
	if p.over {
		return
	}
	p.o.Logger.Error(p.o.Name+": request failed", "method", p.r.Method, "uri", p.r.URI, "status", status, "error", err)
	p.Refuse(status)
}

// Refuse is Fail without a line in the log.
func (p *Reply) Refuse(status int) {
	if p.over {
		return
	}
	p.finish(func() {
		if p.r.HeadSent() {
			p.r.Abort()
			return
		}
		if status == 503 {
			p.r.ResponseHeader().Set("Retry-After", "1")
		}
		p.r.Error(status, "")
		p.r.Finish()
	})
}

func (p *Reply) finish(last func()) {
	p.over, p.pending = true, nil
	if p.started && !p.noBody {
		p.r.UnregisterProducer()
	}
	last()
	p.d.Callback(struct{}{})
}

// flow is a Reply as the producer of its response.
type flow struct{ p *Reply }

func (f flow) Pause()  { f.p.src.Pause() }
func (f flow) Resume() { f.p.src.Resume() }

// Stop is called for a response without a body, whose program goes on, and when the client is gone, which Abandon tells.
func (f flow) Stop(reason error) {
	f.p.noBody = true
	if !f.p.over {
		f.p.src.Resume()
	}
}
