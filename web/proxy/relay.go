// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A relay carries one request to an upstream and the response back. It is the handler of the exchange; the exchange is the producer of the response, and upload that of the request's
// body. Each holds the other side up: no more than a read and the transports' marks is kept of either body.
type relay struct {
	r     *web.Request
	x     *exchange.Exchange
	first exchange.Exchange // x of the first try
	base  exchange.Request
	owner owner

	rewriting   *rewriting // nil for none
	tunnelIdle  time.Duration
	maxBody     int64
	pseudonym   string // for Via in responses; "" for none
	tries       int    // left
	expecting   bool   // the body waits for 100 Continue
	reading     bool   // the body is being read
	producing   bool
	bodiless    bool
	responded   bool // the head of a response has come
	taken       bool // the connection was upgraded
	ended       bool // nothing is left to do
	bodyStarted bool
	extended    bool   // the client asks by an extended CONNECT
	key         string // Sec-WebSocket-Key of an extended one
	hidden      bool   // the client must not learn that there is another proxy, which wants a login
}

// An owner has the relay's exchanges made.
type owner interface {
	// next begins the relay's exchange with the upstream that is next, or answers why there is none.
	next(rl *relay)
	// over is called when the exchange is over. It is err's turn to be counted.
	over(rl *relay, err error)
	log(rl *relay, err error)
}

// start begins the relay: the response is open from now on.
func (rl *relay) start() {
	r := rl.r
	r.NotDoneYet()
	if rl.maxBody > 0 {
		r.SetMaxBody(rl.maxBody)
	}
	if n := r.ContentLength(); n != 0 && !rl.extended { // that of a CONNECT is what comes through the tunnel
		rl.base.Length = n
		rl.base.Expect = rl.expecting
	}
	r.NotifyEnd(func(err error) {
		if err != nil && !rl.taken && rl.x != nil {
			rl.ended = true
			rl.x.Cancel()
		}
	})
	rl.x = &rl.first
	rl.owner.next(rl)
}

// exchange returns the exchange for the next try.
func (rl *relay) exchange() *exchange.Exchange {
	if rl.x.Handler != nil { // it was used
		rl.x = new(exchange.Exchange)
	}
	rl.x.Request, rl.x.Handler = rl.base, rl
	return rl.x
}

// send gives the exchange to the pool.
func (rl *relay) send(p *exchange.Pool) {
	if rl.base.Length != 0 {
		rl.x.RegisterProducer(upload{rl}, true)
	}
	p.Do(rl.x)
}

// answer ends the request with an error page, if nothing was sent yet.
func (rl *relay) answer(status int, detail string) {
	rl.ended = true
	if rl.r.HeadSent() {
		rl.r.Abort()
		return
	}
	rl.r.Error(status, detail)
	rl.r.Finish()
}

// An upload is the producer of the request's body.
type upload struct{ rl *relay }

func (u upload) Pause() {
	if u.rl.reading {
		u.rl.r.PauseBody()
	}
}

// Resume comes for the first time when the head was sent.
func (u upload) Resume() {
	switch {
	case u.rl.reading:
		u.rl.r.ResumeBody()
	case !u.rl.expecting:
		u.rl.readBody()
	default:
		u.rl.expect()
	}
}

func (u upload) Stop(error) {}

// expectTime is how long an upstream may take to answer an expectation before it gets the body all the same (RFC 9110 section 10.1.1).
const expectTime = time.Second

func (rl *relay) expect() {
	x := rl.x
	rl.r.Loop().CallLater(expectTime, func() {
		if rl.x == x && !rl.responded && !rl.ended {
			rl.readBody()
		}
	})
}

// readBody begins to take the body from the client, who is told to go on if he waits for that.
func (rl *relay) readBody() {
	if rl.reading || rl.bodyStarted {
		return
	}
	rl.reading, rl.bodyStarted, rl.expecting = true, true, false
	rl.r.StreamBody(func(p []byte) { rl.x.Write(p) }, rl.bodyEnd)
}

func (rl *relay) bodyEnd(err error) {
	rl.reading = false
	switch {
	case err == nil:
		var trailer []h1.Field
		for name, value := range rl.r.Trailer.All() {
			trailer = append(trailer, h1.Field{Name: name, Value: value})
		}
		rl.x.Finish(trailer)
	case rl.ended || rl.taken:
	case errors.Is(err, web.ErrBodyTooLarge):
		rl.x.Cancel()
		rl.answer(413, "")
	default: // the client is gone, or the body is wrong, which the connection answers
		rl.ended = true
		rl.x.Cancel()
	}
}

// Interim hands on what the client can make use of.
func (rl *relay) Interim(h *h1.ResponseHead) {
	switch h.Status {
	case 100:
		if rl.expecting {
			rl.readBody()
		}
	case 103:
		var links []string
		for l := h.Fields; l != ""; {
			var f h1.Field
			if f, l = l.Cut(); h1.EqualFold(f.Name, "Link") {
				links = append(links, f.Value)
			}
		}
		rl.r.EarlyHints(links...)
	}
}

// Response copies the head.
func (rl *relay) Response(h *h1.ResponseHead) {
	r := rl.r
	rl.responded = true
	if h.Status > 599 || rl.hidden && h.Status == 407 {
		rl.owner.log(rl, errStatus(h.Status))
		rl.x.Cancel()
		rl.answer(502, "")
		return
	}
	if err := rl.extendedFault(h); err != nil {
		rl.owner.log(rl, err)
		rl.x.Cancel()
		status := 502
		if err == errNotSwitched {
			status = 501 // RFC 9220 section 3
		}
		rl.answer(status, "")
		return
	}
	rl.bodiless = h.Bodiless(r.Method) || h.Status == 205
	header := r.ResponseHeader()
	rl.copyHeader(header, h)
	if rl.switched(h) {
		rl.upgrade(h)
		return
	}
	r.SetStatusText(h.Status, h.Phrase)
	if h.Length >= 0 && h.Status != 204 && h.Status != 205 {
		header.Set("Content-Length", strconv.FormatInt(h.Length, 10))
	}
	if !rl.bodiless && h.Length != 0 && !header.Has("Content-Type") {
		header.Set("Content-Type", "application/octet-stream") // else the server would supply its own
	}
}

// errStatus is an answer that is not handed on.
type errStatus int

func (e errStatus) Error() string { return "the answer is " + strconv.Itoa(int(e)) }

func (rl *relay) copyHeader(header *web.Header, h *h1.ResponseHead) {
	drop := hopOf(tokens(h.Fields, "Connection"))
	via := ""
	for l := h.Fields; l != ""; {
		var f h1.Field
		f, l = l.Cut()
		switch {
		case drop.drops(f.Name), rl.extended && h1.EqualFold(f.Name, "Sec-WebSocket-Accept"):
		case rl.pseudonym != "" && h1.EqualFold(f.Name, "Via"):
			via = join(via, f.Value, ", ")
		default:
			if rl.rewriting != nil {
				f = rl.rewriting.field(f)
			}
			header.Add(f.Name, f.Value)
		}
	}
	if rl.pseudonym != "" {
		proto := "HTTP/1.1"
		switch {
		case rl.x.HTTP2():
			proto = "HTTP/2.0"
		case h.Minor == 0:
			proto = "HTTP/1.0"
		}
		header.Add("Via", appendVia(via, proto, rl.pseudonym))
	}
}

// upgrade joins the two connections.
func (rl *relay) upgrade(h *h1.ResponseHead) {
	if !rl.accept() {
		rl.x.Cancel()
		rl.answer(400, "The request is none for WebSocket.")
		return
	}
	if v, ok := h.Fields.Get("Upgrade"); ok && !rl.extended {
		rl.r.ResponseHeader().Set("Upgrade", v)
	}
	rl.taken = true
	x := rl.x
	t := newTunnel(rl.r.Loop(), rl.tunnelIdle, func() { rl.owner.over(rl, nil) })
	if err := rl.r.Upgrade(&t.front); err != nil {
		rl.taken = false
		t.timer.Cancel()
		x.Cancel()
		rl.owner.log(rl, err)
		rl.answer(502, "")
		return
	}
	if err := x.Upgrade(&t.back); err != nil {
		t.back.ConnectionLost(nil, err)
	}
}

// Data hands a piece on. The client is waited for from the second one on: small responses need no producer.
func (rl *relay) Data(p []byte) {
	if rl.ended || rl.bodiless {
		return
	}
	_, err := rl.r.Write(p)
	if err == nil && !rl.producing {
		if rl.small(len(p)) {
			return
		}
		rl.producing = true
		err = rl.r.RegisterProducer(rl.x, true)
	}
	if err != nil && !rl.ended {
		rl.ended = true
		rl.x.Cancel()
	}
}

// small reports whether a piece of n bytes is all of the response.
func (rl *relay) small(n int) bool {
	v := rl.x.Left()
	return v == 0 && n <= 65536
}

// Flush sends the head, if the body takes longer.
func (rl *relay) Flush() {
	if rl.responded && !rl.ended && !rl.taken {
		rl.r.Flush()
	}
}

// Done ends the response, or tries again.
func (rl *relay) Done(err error) {
	if rl.producing {
		rl.producing = false
		rl.r.UnregisterProducer()
	}
	rl.owner.over(rl, err)
	switch {
	case rl.ended:
	case err == nil:
		rl.ended = true
		for _, f := range rl.x.Trailer {
			rl.r.ResponseTrailer().Add(f.Name, f.Value)
		}
		rl.r.Finish()
	case rl.responded:
		rl.owner.log(rl, err)
		rl.ended = true
		if rl.r.HeadSent() {
			rl.r.Abort()
		} else {
			rl.answer(502, "")
		}
	default:
		rl.owner.log(rl, err)
		if rl.again(err) {
			rl.owner.next(rl)
			return
		}
		rl.answer(failure(err))
	}
}

// again reports whether another try may be made: if the request cannot have been acted on, or may be repeated.
func (rl *relay) again(err error) bool {
	e, ok := errors.AsType[*exchange.Error](err)
	if !ok || rl.tries <= 0 || rl.bodyStarted || errors.Is(err, exchange.ErrBusy) || errors.Is(err, errForbidden) {
		return false
	}
	switch e.Phase {
	case exchange.PhaseConnect:
		return true
	case exchange.PhaseSent:
		return rl.base.Length == 0 && exchange.Idempotent(rl.base.Method) && !errors.Is(err, os.ErrDeadlineExceeded)
	}
	return false
}

// failure returns the status and text for an exchange that failed. The cause is for the log only.
func failure(err error) (int, string) {
	e, ok := errors.AsType[*exchange.Error](err)
	switch {
	case errors.Is(err, errForbidden):
		return 403, "The proxy does not go there."
	case ok && e.Phase == exchange.PhaseRequest:
		return 400, "The request cannot be handed on."
	case errors.Is(err, exchange.ErrNoConnect):
		return 501, "The server does not take the protocol."
	case errors.Is(err, exchange.ErrBusy):
		return 503, "The server is busy."
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 504, "The server did not answer in time."
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 502, "The server closed the connection."
	}
	return 502, "The server cannot be reached, or its answer cannot be understood."
}

var _ exchange.Handler = (*relay)(nil)
