// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// An exchange is one request with its answer:
//
//	start ─> connected ─> upload ─> received* ─> complete
//	            └ lost, expired, Abandon: ended by an error
//
// The timer stands for one limit at a time: Connect, then First, then Between. It rests while the client is the one to wait for: when it does not take the answer, and while
// the rest of the request is to come and the program takes what there is.
type exchange struct {
	g       *Gateway
	r       *web.Request
	call    Call
	reply   *cgienv.Reply
	dialing *deferred.Deferred[protocol.Protocol]
	c       *conn
	log     process.Lines // what the program says besides
	logged  int

	timer, total protocol.DelayedCall
	limit        time.Duration // of the timer
	what         string        // it stands for

	sent, // the whole request
	producing,
	held, // the program does not take the request
	answering, // the first byte has come
	paused, // the client does not take the answer
	ended bool
}

// Limits of what a program can have logged for one request.
const (
	maxLogLine  = 4096
	maxLogLines = 100
)

func newExchange(g *Gateway, r *web.Request, call Call) *exchange {
	x := &exchange{g: g, r: r, call: call}
	x.log = process.Lines{Max: maxLogLine, Line: x.logLine}
	x.reply = cgienv.NewReply(r, x, cgienv.ReplyOptions{Name: g.cfg.Name, MaxHeader: g.cfg.MaxHeader, Logger: g.cfg.Logger, Local: g.cfg.Local})
	return x
}

func (x *exchange) start() {
	if d := x.g.cfg.Timeouts.Total; d > 0 {
		x.total = x.r.Loop().CallLater(d, func() { x.expired("the whole answer", d) })
	}
	if c := x.g.pool(x.r.Loop()).take(); c != nil {
		c.reused = true
		x.connected(c)
		return
	}
	x.dial()
}

func (x *exchange) dial() {
	x.wait("a connection", x.g.cfg.Timeouts.Connect)
	pool := x.g.pool(x.r.Loop())
	x.dialing = x.call.Client.Connect(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		return &conn{pool: pool, wire: x.g.cfg.Wire()}, nil
	}))
	x.dialing.Done(func(p protocol.Protocol, err error) {
		x.dialing = nil
		switch {
		case err != nil && !x.ended:
			x.fail(err)
		case err == nil && x.ended:
			p.(*conn).t.AbortConnection()
		case err == nil:
			x.connected(p.(*conn))
		}
	})
}

// connected sends the request.
func (x *exchange) connected(c *conn) {
	x.c, c.x = c, x
	c.t.Write(c.wire.Begin(nil, x.call.Vars, x.g.cfg.KeepIdle > 0))
	if x.call.Upload.Length != 0 {
		x.producing = true
		if c.t.RegisterProducer(uploading{x}, protocol.PushProducer) != nil {
			return // ConnectionLost follows
		}
	}
	x.watch()
	var frame []byte
	x.call.Upload.Stream(func(p []byte) {
		if x.ended || x.c != c {
			return
		}
		frame = c.wire.Body(frame[:0], p)
		c.t.Write(frame)
	}, func(err error) {
		switch {
		case x.ended || x.c != c:
		case errors.Is(err, web.ErrBodyTooLarge):
			x.refuse(413)
		case err != nil:
			x.refuse(400) // the client is gone, or makes no sense
		default:
			c.t.Write(c.wire.BodyEnd(nil))
			x.unproduce()
			x.sent = true
			x.watch()
		}
	})
}

func (x *exchange) unproduce() {
	if x.producing {
		x.producing, x.held = false, false
		x.c.t.UnregisterProducer()
	}
}

// received takes a piece of the answer.
func (x *exchange) received(p []byte) {
	x.answering = true
	c := x.c
	done, err := c.wire.Decode(p, x)
	switch {
	case x.ended:
	case err != nil:
		x.fail(err)
	case done:
		x.complete(nil)
	default:
		x.reply.Settle()
		if !x.ended && x.reply.Over() { // a header block that cannot be sent, or a local redirect
			x.end(errOver, false)
			return
		}
		x.watch()
	}
}

var errOver = errors.New("the rest of the answer is not wanted")

// Stdout takes output for the client.
func (x *exchange) Stdout(p []byte) { x.reply.Write(p) }

// Stderr takes what is for the log.
func (x *exchange) Stderr(p []byte) { x.log.Write(p) }

// Exit takes the status of the program.
func (x *exchange) Exit(code int) {
	if code != 0 {
		x.g.cfg.Logger.Info(x.g.cfg.Name+": the program reports a status", "uri", x.r.URI, "code", code)
	}
}

func (x *exchange) logLine(line []byte) {
	switch x.logged++; {
	case x.logged < maxLogLines:
		x.g.cfg.Logger.Warn(x.g.cfg.Name+": stderr", "uri", x.r.URI, "text", string(line))
	case x.logged == maxLogLines:
		x.g.cfg.Logger.Warn(x.g.cfg.Name+": stderr: more lines are left out", "uri", x.r.URI)
	}
}

// lost is the end of the connection.
func (x *exchange) lost(reason error) {
	c := x.c
	x.unproduce()
	if x.ended {
		return
	}
	clean := errors.Is(reason, io.EOF)
	if c.reused && !x.answering && x.call.Upload.Length == 0 && (x.r.Method == "GET" || x.r.Method == "HEAD") {
		x.c = nil // it was closed while it was idle: the request was not seen
		x.dial()
		return
	}
	err := c.wire.EOF()
	if err == nil && clean {
		x.complete(reason)
		return
	}
	if err == nil || !clean {
		err = reason
	}
	x.fail(err)
}

// complete is the end of the answer.
func (x *exchange) complete(lost error) {
	x.log.Flush()
	c := x.c
	whole := x.sent && lost == nil
	x.settled()
	c.x = nil
	x.reply.End()
	if lost == nil && (!whole || !c.pool.put(c)) {
		if !whole {
			c.t.AbortConnection() // the program did not wait for all of the request
		} else {
			c.t.LoseConnection()
		}
	}
	x.done(Outcome{Began: true})
}

// fail answers an error of the program.
func (x *exchange) fail(err error) {
	status := 502
	if e, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		status = e.HTTPStatus()
	}
	x.g.failed.Add(1)
	x.log.Flush()
	reply := x.reply
	x.end(err, false)
	reply.Fail(status, err)
}

// refuse answers an error of the client.
func (x *exchange) refuse(status int) {
	reply := x.reply
	x.end(errOver, false)
	reply.Refuse(status)
}

// expired follows a limit on time.
func (x *exchange) expired(what string, d time.Duration) {
	if x.ended {
		return
	}
	x.g.timedOut.Add(1)
	reply := x.reply
	err := fmt.Errorf("waited %v for %s: %w", d, what, protocol.ErrConnectionTimeout)
	x.end(err, true)
	reply.Fail(504, err)
}

// end closes the connection.
func (x *exchange) end(err error, timedOut bool) {
	if x.ended {
		return
	}
	began := x.c != nil
	x.settled()
	if x.dialing != nil {
		x.dialing.Cancel()
	}
	if c := x.c; c != nil {
		c.x = nil
		if !c.lost {
			c.t.Write(c.wire.Abort(nil))
			c.t.LoseConnection()
			c.t.Loop().CallLater(abortGrace, func() {
				if !c.lost {
					c.t.AbortConnection()
				}
			})
		}
	}
	x.done(Outcome{Err: err, TimedOut: timedOut, Began: began})
}

// abortGrace is how long a program may leave the end of its request unread.
const abortGrace = time.Second

// settled stops what stands for the exchange.
func (x *exchange) settled() {
	x.ended = true
	for _, t := range [...]protocol.DelayedCall{x.timer, x.total} {
		if t != nil {
			t.Cancel()
		}
	}
	if x.c != nil {
		x.unproduce()
	}
	x.call.Upload.Resume() // what is still to come of the request is dropped
}

func (x *exchange) done(o Outcome) {
	x.g.active.Add(-1)
	if x.call.Done != nil {
		x.call.Done(o)
	}
}

// watch begins the limit on time that is for what there is to wait for now.
func (x *exchange) watch() {
	t := &x.g.cfg.Timeouts
	switch {
	case x.ended || x.c == nil:
	case x.paused || !x.sent && !x.held:
		x.wait("", 0)
	case x.held:
		x.wait("the request to be taken", t.First)
	case x.answering:
		x.wait("the rest of the answer", t.Between)
	default:
		x.wait("the answer", t.First)
	}
}

// uploading is an exchange as the producer of the request's body.
type uploading struct{ x *exchange }

func (u uploading) Pause() {
	u.x.held = true
	u.x.call.Upload.Pause()
	u.x.watch()
}

func (u uploading) Resume() {
	u.x.held = false
	u.x.call.Upload.Resume()
	u.x.watch()
}

func (u uploading) Stop(reason error) { u.x.call.Upload.Stop(reason) }

// wait begins a limit on time.
func (x *exchange) wait(what string, d time.Duration) {
	x.what, x.limit = what, d
	switch {
	case d <= 0:
		if x.timer != nil {
			x.timer.Cancel()
		}
	case x.timer == nil:
		x.timer = x.r.Loop().CallLater(d, func() { x.expired(x.what, x.limit) })
	default:
		x.timer.Rearm(d)
	}
}

// Pause holds the program up, because the client does not read. The limits of the connection with the client hold then.
func (x *exchange) Pause() {
	if x.ended || x.c == nil {
		return
	}
	x.paused = true
	x.watch()
	x.c.t.Pause()
}

// Resume lets the program go on.
func (x *exchange) Resume() {
	if x.ended || !x.paused {
		return
	}
	x.paused = false
	x.watch()
	x.c.t.Resume()
}

// Abandon follows when the client has left.
func (x *exchange) Abandon(reason error) { x.end(reason, false) }
