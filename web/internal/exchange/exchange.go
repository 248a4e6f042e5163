// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A Request is what is sent. It must not change before the exchange is over.
type Request struct {
	Method, Target string // Target is a path with its query, or what else RFC 9112 section 3.2 has
	Host           string
	// Fields are the header. Those that h1.Framed names are left out, and so is Expect.
	Fields []h1.Field
	// Length is that of the body: 0 means none, -1 one of unknown length, which is sent in chunks.
	Length int64
	// Upgrade asks for another protocol by this name; "" for none.
	Upgrade string
	// Expect asks for 100 Continue, which the handler's Interim gets to see. To send the body or not is up to the caller.
	Expect bool
	// Trailers tells the server that trailer fields are welcome.
	Trailers bool
	// Close asks the server to close the connection afterwards.
	Close bool
	// Content is a body that is there as a whole: it is sent with the head, and once more if the request is. Length is its length then.
	Content []byte
	// Times are the limits of this exchange.
	Times Times
	// Fresh asks for a connection that was not used before.
	Fresh bool
	// HTTP1 asks for HTTP/1.1, whatever the server would choose.
	HTTP1 bool
	// Trace is told of what happens, on the loop; nil means that nobody is. A hook may cancel the exchange.
	Trace *httptrace.ClientTrace

	checked bool // by Check, which found nothing
}

// A Handler is given the response to an exchange.
type Handler interface {
	// Interim gets the heads with a status of 1xx. Like that of Response, h is lent; its strings are not.
	Interim(h *h1.ResponseHead)
	// Response gets the head. If the status is 101, which comes only if it was asked for, or if it is 2xx and the method CONNECT, it calls Upgrade, or Pause and then Upgrade later.
	Response(h *h1.ResponseHead)
	// Data gets a piece of the body, lent until return.
	Data(p []byte)
	// Flush reports that all that has arrived was handed over, and more is to come.
	Flush()
	// Done is called once and last, unless the exchange was upgraded: with nil when the response is complete, else with an *[Error]. The body of the request may not have been
	// sent to its end.
	Done(err error)
}

// An Exchange is one request and the response to it. Its exported fields are immutable once Do was called, but for Trailer. It is used once.
type Exchange struct {
	Request
	Handler Handler
	// Trailer holds the fields that followed the response, once it is done.
	Trailer []h1.Field

	pool     *Pool
	c        carrier // nil unless it has one
	dialing  *deferred.Deferred[protocol.Protocol]
	waits    protocol.DelayedCall // the end of its time in the queue
	producer protocol.Producer    // of the request's body
	sent     int64                // of it
	pausedAt time.Time            // the last Pause
	interims int
	refused, // times that the server has not looked at it
	refusals int // those that count

	queued,
	started, // it had a connection
	finished, // the request was written to its end
	paused, // the response is not wanted now
	answered, // a byte of the response has come
	retried,
	unseen, // the server has not looked at it, and may be asked again
	http1, // HTTP/2 will not do
	reused, // its connection was used before
	wrote, // the trace was told that the request has left
	upgraded,
	over bool
}

// Started reports whether a connection has been found, and the head of the request sent.
func (x *Exchange) Started() bool { return x.started }

// Finished reports whether the request was sent to its end.
func (x *Exchange) Finished() bool { return x.finished }

// whole reports whether all of the request was written, whether Finish was called by now or not: a server that has all it was told of may be faster.
func (x *Exchange) whole() bool { return x.finished || x.Length > 0 && x.sent == x.Length }

// Reused reports whether its connection had carried exchanges before.
func (x *Exchange) Reused() bool { return x.reused }

// Retried reports whether it was sent a second time.
func (x *Exchange) Retried() bool { return x.retried || x.refused > 0 }

// Unseen reports, at the end of x, whether the server has not looked at it, whatever its method, so that it could be sent again if its body were there: see Renew.
func (x *Exchange) Unseen() bool { return x.unseen }

// Renew makes an exchange that is over a new one of the same request, whose body is yet to come.
func (x *Exchange) Renew() {
	*x = Exchange{Request: x.Request, Handler: x.Handler, refused: x.refused, refusals: x.refusals, http1: x.http1}
}

// Transport returns that of its connection, or nil.
func (x *Exchange) Transport() protocol.Transport {
	if x.c == nil {
		return nil
	}
	return x.c.conn().t
}

// TLS returns the state of its connection, which is shared and must not be changed, or nil.
func (x *Exchange) TLS() *tls.ConnectionState {
	if x.c == nil {
		return nil
	}
	return x.c.conn().state()
}

// HTTP2 reports whether it is on a connection of HTTP/2.
func (x *Exchange) HTTP2() bool {
	_, ok := x.c.(*h2stream)
	return ok
}

// Upgradable reports whether Upgrade can be called, in Response and while the exchange is paused in it: after 101, or a 2xx to CONNECT, extended CONNECT included.
func (x *Exchange) Upgradable() bool {
	switch c := x.c.(type) {
	case *conn:
		return c.upgradable
	case *h2stream:
		return c.upgradable
	}
	return false
}

// Left returns how many bytes of the response's body are to come, or -1 if that is unknown.
func (x *Exchange) Left() int64 {
	if x.c == nil {
		return -1
	}
	return x.c.left()
}

// Write writes a piece of the request's body, after the exchange has started: see RegisterProducer. p is copied.
func (x *Exchange) Write(p []byte) (int, error) {
	switch {
	case x.c == nil || x.over || x.c.down():
		return 0, net.ErrClosed
	case x.finished, x.Length >= 0 && x.sent+int64(len(p)) > x.Length:
		return 0, errors.New("http: more data than the length of the request body")
	case len(p) > 0:
		x.sent += int64(len(p))
		x.c.writeBody(p, x.Length < 0)
	}
	return len(p), nil
}

// Finish ends the request's body, with a trailer if it is sent in chunks. A body that is shorter than was said fails the exchange.
func (x *Exchange) Finish(trailer []h1.Field) {
	switch {
	case x.c == nil || x.over || x.finished:
		return
	case x.Length > 0 && x.sent != x.Length:
		x.abort(errShort)
		return
	}
	x.finished, x.producer = true, nil
	if x.c.finishBody(trailer, x.Length < 0); !x.over {
		x.wroteRequest(nil)
	}
}

// RegisterProducer puts p in charge of writing the request's body: a push producer. It is paused at once if there is no connection yet, and resumed when there is one.
func (x *Exchange) RegisterProducer(p protocol.Producer, _ protocol.ProducerMode) error {
	switch {
	case x.over || x.finished:
		p.Stop(net.ErrClosed)
		return net.ErrClosed
	case x.producer != nil:
		return protocol.ErrProducerRegistered
	}
	if x.producer = p; !x.started || x.c != nil && x.c.blocked() {
		p.Pause()
	}
	return nil
}

// UnregisterProducer lets go of the producer.
func (x *Exchange) UnregisterProducer() { x.producer = nil }

// Pause holds the response back, and the server with it. A handler may call it.
func (x *Exchange) Pause() {
	if !x.paused && x.pool != nil {
		x.pausedAt = x.pool.loop.Now()
	}
	if x.paused = true; x.c != nil {
		x.c.settle()
	}
}

// Resume ends Pause.
func (x *Exchange) Resume() {
	if !x.paused {
		return
	}
	if x.paused = false; x.c != nil {
		x.c.proceed()
	}
}

// Stop is Cancel: the exchange is the producer of the response.
func (x *Exchange) Stop(error) { x.Cancel() }

// Cancel ends the exchange wherever it stands. Done is called in a later turn.
func (x *Exchange) Cancel() { x.abort(ErrCancelled) }

func (x *Exchange) abort(err error) {
	if x.over || x.upgraded || x.pool == nil {
		return
	}
	x.over = true
	phase := x.Phase()
	x.release()
	x.pool.loop.CallLater(0, func() { x.tell(&Error{phase, err}) })
}

// release lets go of what the exchange holds: its connection, which is cut, its place in the queue, or its attempt to connect.
func (x *Exchange) release() {
	x.pool.unqueue(x)
	if d := x.dialing; d != nil {
		x.dialing = nil
		d.Cancel()
	}
	if c := x.c; c != nil {
		x.c = nil
		c.drop()
	}
}

// Phase returns how far it has come.
func (x *Exchange) Phase() Phase {
	switch {
	case x.c != nil && x.c.begun():
		return PhaseBody
	case x.answered:
		return PhaseResponse
	case x.started:
		return PhaseSent
	}
	return PhaseConnect
}

// Upgrade makes p the protocol of the connection: its ConnectionMade is called at once, and what the server has sent after the head comes next. Over HTTP/2 it gets the stream. See [Handler].
func (x *Exchange) Upgrade(p protocol.Protocol) error {
	if x.c == nil || x.over {
		return errUpgrade
	}
	return x.c.take(x, p)
}

// end finishes the exchange, with nothing held any more.
func (x *Exchange) end(err error) {
	if !x.over {
		x.over = true
		x.tell(err)
	}
}

func (x *Exchange) tell(err error) {
	if p := x.producer; p != nil {
		x.producer = nil
		p.Stop(net.ErrClosed)
	}
	if err != nil || x.whole() {
		x.wroteRequest(err)
	}
	x.Handler.Done(err)
}

// idempotent reports whether the request may be sent again when nobody knows whether it was acted on (RFC 9110 section 9.2.2): not with a body that is gone.
func (r *Request) idempotent() bool {
	return (r.Length == 0 || r.Content != nil) && Idempotent(r.Method)
}

// mayBeStale reports whether a kept connection ends like that when the server has closed it meanwhile: not because of time, nor by what the server says.
func mayBeStale(err error) bool {
	_, said := errors.AsType[*h2.Error](err)
	return !said && !errors.Is(err, os.ErrDeadlineExceeded)
}

// Stale reports whether e may be the end of an exchange on a kept connection that the server had closed: then it may be sent again on another, if its method allows that.
func (x *Exchange) Stale(e *Error) bool {
	return x.reused && !x.Fresh && e.Phase == PhaseSent && mayBeStale(e.Err) && Idempotent(x.Method)
}

// Idempotent reports whether a request with that method may be repeated.
func Idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// append appends the head of the request. The error is about the first thing in it that cannot be sent.
func (r *Request) append(b []byte) ([]byte, error) {
	if err := r.Check(); err != nil {
		return b, err
	}
	b = h1.AppendRequestLine(b, r.Method, r.Target)
	b = h1.AppendField(b, "Host", r.Host)
	for _, f := range r.Fields {
		if h1.Framed(f.Name) || len(f.Name) == 6 && h1.EqualFold(f.Name, "Expect") {
			continue
		}
		if !h1.IsToken(f.Name) || !h1.IsFieldValue(f.Value) {
			return b, fmt.Errorf("header field %q cannot be sent", f.Name)
		}
		b = h1.AppendField(b, f.Name, f.Value)
	}
	switch {
	case r.Length > 0, r.Length == 0 && (r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH"):
		b = h1.AppendIntField(b, "Content-Length", r.Length)
	case r.Length < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if r.Expect && r.Length != 0 {
		b = append(b, "Expect: 100-continue\r\n"...)
	}
	b = r.appendConnection(b)
	return append(b, '\r', '\n'), nil
}

func (r *Request) appendConnection(b []byte) []byte {
	switch {
	case r.Upgrade != "":
		b = h1.AppendField(b, "Connection", "Upgrade")
		return h1.AppendField(b, "Upgrade", r.Upgrade)
	case r.Trailers && r.Close:
		b = append(b, "Connection: close, TE\r\nTE: trailers\r\n"...)
	case r.Trailers:
		b = append(b, "Connection: TE\r\nTE: trailers\r\n"...)
	case r.Close:
		b = append(b, "Connection: close\r\n"...)
	}
	return b
}

// Check reports what is wrong with the first line, Host and Upgrade, which must not change afterwards. Do does so too, but later.
func (r *Request) Check() error {
	switch {
	case r.checked:
		return nil
	case !h1.IsToken(r.Method):
		return errors.New("method is not a token")
	case !h1.IsTarget(r.Target):
		return errors.New("malformed request target")
	case !h1.ValidHost(r.Host):
		return errors.New("malformed Host")
	case !h1.IsFieldValue(r.Upgrade):
		return errors.New("malformed Upgrade")
	}
	r.checked = true
	return nil
}

var (
	_ protocol.Consumer = (*Exchange)(nil)
	_ protocol.Producer = (*Exchange)(nil)
)
