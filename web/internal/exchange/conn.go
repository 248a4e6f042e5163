// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http/httptrace"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/takeover"
)

// A conn is one connection: idle in its pool, or carrying one exchange, or somebody else's after an upgrade. What has arrived is dealt with in process.
type conn struct {
	pool   *Pool
	t      protocol.Transport
	x      *Exchange // nil between two
	parser h1.ResponseParser
	head   h1.ResponseHead // the last one
	body   h1.Body
	in     []byte               // input that was not consumed; during DataReceived it may be lent
	own    bool                 // in is this connection's own memory
	up     *takeover.Conn       // of the protocol that it was given to
	reason error                // of its loss
	tls    *tls.ConnectionState // nil until it is asked for

	written int64 // bytes of request bodies given to the transport
	mark    int64 // progress at the last look
	used    int   // exchanges begun

	dials      *Exchange              // for which it is being made
	traces     *httptrace.ClientTrace // of the TLS handshake
	two        *h2conn                // has taken over: HTTP/2
	shook      func(err error)        // waits for the handshake; nil if nobody does
	prev, next *conn                  // in the ring of its group, while it is idle

	headed, // the head of the response has come
	keeps, // the server lets the connection persist
	until, // the body ends with the connection
	upgradable,
	news, // the handler was told something since Flush
	full, // the transport asked to pause
	held, // the transport is paused by us
	producing, // registered with the transport
	processing,
	eof,
	closing,
	offers, // HTTP/2 may be chosen
	shaken, // the handshake is complete
	counted, // its end was told to the pool
	lost bool

	again    protocol.DelayedCall // kick; nil before the first
	call     protocol.DelayedCall // the time limit; nil before the first
	deadline time.Time            // zero for none
	headBy   time.Time            // when the head of the response has to be there; zero for no limit
}

func (c *conn) ConnectionMade(t protocol.Transport) {
	c.t = t
	if c.counted { // given up, by an endpoint that cannot be cancelled
		c.closing = true
		t.AbortConnection()
		return
	}
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true)
	}
	c.shaking()
}

// begin sends the head of x.
func (c *conn) begin(x *Exchange) {
	p := c.pool
	head, err := x.append(p.out[:0])
	if cap(head) <= 65536 {
		p.out = head
	}
	if err != nil {
		x.over = true
		p.loop.CallLater(0, func() { x.tell(&Error{PhaseRequest, err}) })
		p.keep(c)
		return
	}
	c.x, x.c, x.started, x.reused = x, c, true, c.used > 0
	c.headed, c.until, c.upgradable, c.news, c.full = false, false, false, false, false
	c.used++
	if x.Length == 0 || x.Content != nil {
		x.finished = true
	} else {
		c.producing = true
		c.t.RegisterProducer(c, protocol.PushProducer)
	}
	switch content := x.Content; {
	case len(content) == 0:
		c.t.Write(head)
	case len(content) <= copyMax:
		head = append(head, content...)
		if p.out = head; cap(head) > 65536 {
			p.out = nil
		}
		c.t.Write(head)
	default:
		c.producing = true // to be told when it has left
		c.t.RegisterProducer(c, protocol.PushProducer)
		c.written += int64(len(head) + len(content))
		if c.t.WriteSequence([][]byte{head, content}); !c.full {
			c.unproduce()
		}
	}
	if x.wroteHeaders(); x.finished && c.x == x {
		x.wroteRequest(nil)
	}
	if c.x == x && x.producer != nil && !c.full {
		x.producer.Resume()
	}
	if c.x == x {
		c.await()
	}
}

// await has the time for the head of the response begin.
func (c *conn) await() {
	d := or(c.x.Times.Response, c.pool.cfg.Response)
	if c.headBy = (time.Time{}); d > 0 && c.x.finished {
		c.headBy = c.pool.loop.Now().Add(d)
	}
	c.wait(d)
}

// heard follows input. A server that sends its head byte by byte gains no time by it.
func (c *conn) heard() {
	d := c.between()
	if !c.headed && !c.headBy.IsZero() {
		if left := c.headBy.Sub(c.pool.loop.Now()); d < 0 || left < d {
			d = max(left, 0)
		}
	}
	c.wait(d)
}

const copyMax = 4096

func (c *conn) writeBody(p []byte, chunked bool) {
	c.written += int64(len(p))
	switch out := c.pool.out[:0]; {
	case !chunked:
		c.t.Write(p)
	case len(p) <= copyMax:
		out = append(append(h1.AppendChunkHeader(out, len(p)), p...), '\r', '\n')
		c.t.Write(out)
		c.pool.out = out
	default:
		c.t.WriteSequence([][]byte{h1.AppendChunkHeader(out, len(p)), p, crlf})
	}
}

var crlf = []byte("\r\n")

func (c *conn) finishBody(trailer []h1.Field, chunked bool) {
	if chunked {
		c.t.Write(h1.AppendLastChunk(nil, trailer))
	}
	if !c.full {
		c.sent()
	} else if c.x != nil {
		c.wait(c.between())
	}
}

// sent is called when the request has left, as far as the transport tells.
func (c *conn) sent() {
	c.unproduce()
	if !c.headed && c.x != nil {
		c.await()
	}
}

func (c *conn) unproduce() {
	if c.producing {
		c.producing = false
		if !c.lost {
			c.t.UnregisterProducer()
		}
	}
}

func (c *conn) DataReceived(_ protocol.Transport, p []byte) {
	switch {
	case c.two != nil:
		c.two.received(p)
		return
	case c.up != nil:
		c.handOver()
		c.up.Data(p)
		return
	case c.lost || c.closing:
		return
	case len(c.in) > 0:
		c.in = append(c.in, p...)
		c.own = true
	default:
		c.in, c.own = p, false
	}
	if x := c.x; x != nil {
		if x.heardFirst(); c.x == x {
			c.heard()
		}
	}
	c.process()
	if !c.own && len(c.in) > 0 {
		c.in, c.own = append([]byte(nil), c.in...), true
	} else if len(c.in) == 0 {
		c.in, c.own = nil, false
	}
}

func (c *conn) process() {
	if c.processing {
		return
	}
	c.processing = true
	for c.step() {
	}
	if c.x != nil && !c.x.paused && (c.eof || c.lost) {
		c.ended()
	}
	if x := c.x; x != nil && c.news {
		c.news = false
		x.Handler.Flush()
	}
	c.processing = false
	c.settle()
}

// step does one thing and reports whether there may be more to do.
func (c *conn) step() bool {
	switch x := c.x; {
	case c.up != nil:
		c.handOver()
	case x == nil && len(c.in) > 0 && !c.closing && !c.lost: // on an idle connection, or behind a response: it could be taken for the next one
		c.drop()
	case x == nil || x.paused:
	case !c.headed:
		return c.stepHead(x)
	default:
		return c.stepBody(x)
	}
	return false
}

// interimMax is how many heads with a status of 1xx an answer may have.
const interimMax = 32

func (c *conn) stepHead(x *Exchange) bool {
	h := &c.head
	n, err := c.parser.Parse(c.in, h)
	if n == 0 && err == nil {
		return false
	}
	if err == nil && h.Status == 101 && (x.Request.Upgrade == "" || !x.finished) {
		err = errSwitch
	}
	if x.interims++; err == nil && h.Interim() && x.interims > interimMax {
		err = errInterims
	}
	if err != nil {
		c.fail(protocol.Violation(err))
		return false
	}
	c.in = c.in[n:]
	if h.Interim() {
		c.news = true
		if x.finished {
			c.await()
		}
		x.Handler.Interim(h)
		return c.x == x
	}
	c.headed, c.news = true, true
	c.wait(c.between())
	c.keeps, c.until = h.KeepAlive && !x.Close, h.UntilClose(x.Method)
	c.upgradable = h.Status == 101 || x.Method == "CONNECT" && h.Status < 300
	c.body = h1.NewResponseBody(h, x.Method, &c.pool.cfg.Limits)
	x.Handler.Response(h)
	if c.x == x && c.upgradable && !x.paused { // it was to be taken
		c.fail(protocol.Violation(errSwitch))
		return false
	}
	return true
}

func (c *conn) stepBody(x *Exchange) bool {
	if c.upgradable {
		c.fail(protocol.Violation(errSwitch))
		return false
	}
	if c.body.Done() {
		c.complete(x)
		return true
	}
	data, n, err := c.body.Next(c.in)
	c.in = c.in[n:]
	if err != nil {
		c.fail(protocol.Violation(err))
		return false
	}
	if len(data) > 0 {
		c.news = true
		x.Handler.Data(data)
	}
	return c.x == x && (n > 0 || c.body.Done())
}

// complete ends x with the last byte of its response. The connection is kept only if both sides are at the end of their messages and nothing else has come.
func (c *conn) complete(x *Exchange) {
	x.Trailer = c.body.Trailer
	c.x, x.c = nil, nil
	c.unproduce()
	switch finished := x.whole(); {
	case c.keeps && finished && !c.full && !c.until && len(c.in) == 0 && !c.eof && !c.lost:
		c.pool.keep(c)
	case finished && !c.full:
		c.close()
	default: // nobody needs the rest of the request
		c.drop()
	}
	x.putIdle(c)
	x.end(nil)
}

// ended is the end of the server's data.
func (c *conn) ended() {
	x := c.x
	switch clean := !c.lost || errors.Is(c.reason, protocol.ErrConnectionDone); {
	case c.headed && c.until && clean:
		c.complete(x)
	case c.lost && !clean:
		c.fail(c.reason)
	default:
		c.fail(protocol.Lost(io.ErrUnexpectedEOF))
	}
}

// fail ends the exchange and the connection.
func (c *conn) fail(err error) {
	x := c.x
	phase := x.Phase()
	c.drop()
	c.pool.failed(x, c.used > 1, phase, err)
}

// settle tells the transport whether to read.
func (c *conn) settle() {
	if c.lost || c.closing || c.up != nil {
		return
	}
	if held := c.x != nil && c.x.paused; held != c.held {
		if c.held = held; held {
			c.t.Pause()
			c.waitUnread()
		} else {
			c.t.Resume()
		}
	}
}

// kick has process called in the loop's next pass.
func (c *conn) kick() {
	switch {
	case c.again == nil:
		c.again = c.pool.loop.CallLater(0, c.process)
	case !c.again.Active():
		c.again.Rearm(0)
	}
}

// close ends the connection when what was written is sent, and drop at once.
func (c *conn) close() { c.end(protocol.Transport.LoseConnection) }

func (c *conn) drop() { c.end(protocol.Transport.AbortConnection) }

func (c *conn) end(how func(protocol.Transport)) {
	c.x, c.in = nil, nil
	c.deadline = time.Time{}
	if c.call != nil {
		c.call.Cancel()
	}
	if c.lost || c.closing || c.t == nil {
		return
	}
	if c.unproduce(); c.two != nil {
		c.two.ending()
	}
	c.closing = true
	how(c.t)
	c.gone()
}

// gone tells the pool, once.
func (c *conn) gone() {
	if !c.counted {
		c.counted = true
		if c.two != nil {
			c.two.gone()
		}
		c.pool.freed(c)
	}
}

// ReadConnectionLost is the end of what the server sends.
func (c *conn) ReadConnectionLost(protocol.Transport) {
	if c.up != nil {
		c.eof = true
		c.handOver()
		return
	}
	if c.eof = true; c.two != nil {
		c.close()
		c.two.lost(protocol.Lost(io.ErrUnexpectedEOF))
		return
	}
	if c.x == nil {
		c.close()
		return
	}
	c.process()
}

// WriteConnectionLost is for the protocol that has taken over.
func (c *conn) WriteConnectionLost(protocol.Transport) {
	if c.up != nil {
		c.up.WriteEnd()
	}
}

func (c *conn) ConnectionLost(_ protocol.Transport, reason error) {
	c.lost, c.reason, c.producing = true, reason, false
	if c.call != nil && c.x == nil {
		c.call.Cancel()
	}
	c.gone()
	c.pool.group.remove(c)
	c.shookHands(reason)
	switch {
	case c.shook != nil:
		c.shook(reason)
	case c.two != nil:
		c.two.lost(reason)
	case c.up != nil:
		c.handOver()
		c.up.Lost(reason)
	case c.x != nil:
		c.process()
	}
}

func (c *conn) upgrade(p protocol.Protocol) {
	c.unproduce()
	c.x, c.up, c.deadline = nil, takeover.New(c.t, p), time.Time{}
	c.pool.group.remove(c)
	if c.call != nil {
		c.call.Cancel()
	}
	if c.held {
		c.held = false
		c.t.Resume()
	}
	c.up.Start()
	if !c.processing && (len(c.in) > 0 || c.eof) {
		c.kick()
	}
}

// handOver gives what has arrived behind the head to the protocol that has taken over.
func (c *conn) handOver() {
	in := c.in
	c.in = nil
	if c.up.Data(in); c.eof {
		c.eof = false
		c.up.ReadEnd()
	}
}

// DiscardBuffered drops the input that was not processed: the connection is being upgraded.
func (c *conn) DiscardBuffered() int {
	n := len(c.in)
	if c.in = nil; c.up != nil {
		n += c.up.Discard()
	}
	return n
}

// Pause is called by the transport when the server does not take the request's body.
func (c *conn) Pause() {
	c.full = true
	if c.x != nil && c.x.producer != nil {
		c.x.producer.Pause()
	}
}

// Resume is called by the transport when everything has left.
func (c *conn) Resume() {
	c.full = false
	switch x := c.x; {
	case x == nil:
	case x.finished:
		c.sent()
	case x.producer != nil:
		c.wait(c.between())
		x.producer.Resume()
	}
}

// Stop is called by the transport when the connection is gone; ConnectionLost follows.
func (c *conn) Stop(error) {}

func (c *conn) between() time.Duration {
	if c.x == nil {
		return c.pool.cfg.Between
	}
	return or(c.x.Times.Between, c.pool.cfg.Between)
}

// wait has the time limit strike in d, or never if that is negative. The call on the loop is left alone as long as it comes early enough.
func (c *conn) wait(d time.Duration) {
	c.mark = c.progress()
	if d < 0 {
		c.deadline = time.Time{}
		return
	}
	c.deadline = c.pool.loop.Now().Add(d)
	switch {
	case c.call == nil:
		c.call = c.pool.loop.CallLater(d, c.expired)
	case !c.call.Active(), c.call.Time().After(c.deadline):
		c.call.Rearm(d)
	}
}

// waitUnread waits for the end of the time that the response may wait in a Pause, and reports whether there is any left.
func (c *conn) waitUnread() bool {
	left, limited := c.x.unread()
	if !limited {
		left = -1
	} else if left <= 0 {
		return false
	}
	c.wait(left)
	return true
}

// progress grows with what the server takes of a request's body.
func (c *conn) progress() int64 {
	if !c.producing {
		return c.mark
	}
	if b, ok := protocol.As[protocol.BufferedTransport](c.t); ok {
		return c.written - int64(b.Buffered())
	}
	return c.mark
}

func (c *conn) expired() {
	if c.lost || c.closing || c.deadline.IsZero() {
		return
	}
	if left := c.deadline.Sub(c.pool.loop.Now()); left > 0 {
		c.call.Rearm(left)
		return
	}
	switch x := c.x; {
	case x == nil:
		c.close()
	case x.paused && c.waitUnread():
	case x.paused:
		c.fail(errUnread)
	case !x.finished && !c.full, c.full && c.progress() != c.mark: // nobody waits for the server, or it takes some of the request
		c.wait(c.between())
	default:
		c.fail(&protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the server does not answer")})
	}
}

var (
	_ protocol.Protocol   = (*conn)(nil)
	_ protocol.HalfCloser = (*conn)(nil)
	_ protocol.Producer   = (*conn)(nil)

	_ protocol.BufferDiscarder = (*conn)(nil)
)
