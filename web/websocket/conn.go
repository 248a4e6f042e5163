// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// A Conn is a connection of WebSocket, on either side. It is a protocol.Consumer, each Write of which is a binary message, and a protocol.Producer of what it receives. Loop only, all of it: another
// goroutine goes through Loop().CallFromThread.
type Conn struct {
	set     *settings
	t       protocol.Transport
	queue   protocol.BufferedTransport // nil if the transport does not tell
	handler Handler
	parts   PartHandler // nil if the handler is none
	reader  ws.Reader
	writer  ws.Writer
	timer   protocol.DelayedCall
	name    string // of the subprotocol
	held    []byte // input that was not processed, while paused
	x       *extra // nil if there is none of it

	stage   stage
	opened, // the handler knows the connection
	busy, // process is running
	again, // what is held waits for a turn of the loop
	paused, // by Pause
	full, // the transport asked to pause
	heard, // something came since the last tick
	pinged, // a Ping was sent since
	inParts, // a message is sent in parts
	prepared, // prepared messages may be compressed: none refers to another
	lost bool
	partKind Kind
	bits     uint8 // of the window that prepared messages are compressed with
}

// A stage is how far a connection is from its end.
type stage uint8

const (
	stageOpen    stage = iota
	stageClosing       // Close was called; the Close frame waits for the producer
	stageClosed        // our Close frame was sent
	stageEnding        // nothing more is sent or read; the transport closes
)

// extra is what few connections have, or only in their last moments.
type extra struct {
	producer protocol.Producer
	mode     protocol.ProducerMode
	code     Code   // to send in stageClosing
	reason   string // likewise
	pong     []byte // the answer to the last Ping, which waits because the peer does not read
	pongs    bool   // pong is to be sent
	seats    []*seat
	end      *CloseError // how it ended, as far as that is known
	got      bool        // a Close frame
	eof      bool        // the peer sends nothing more
	skipped  int         // bytes that came in stageEnding
	left     int64       // bytes that had left at the last tick
	written  int64       // bytes given to the transport while a tick watches
	watching bool
	began    time.Time             // when the message began that is half received, or when that was paused last; zero for none
	pending  int                   // bytes of it, as counted in settings.stats
	after    func(end *CloseError) // is told of the end behind the handler, of a connection that a service keeps
	room     func()                // is told when nothing waits to be sent any more
	leaving  bool                  // the transport was told to close, of a client whose server did not
}

func (c *Conn) extra() *extra {
	if c.x == nil {
		c.x = new(extra)
	}
	return c.x
}

// newConn returns a connection with what was negotiated.
func newConn(set *settings, role ws.Role, h Handler, name string, params *ws.Params) *Conn {
	c := &Conn{set: set, handler: h, name: name, reader: ws.NewReader(role, nil, params)}
	if params != nil {
		c.writer = ws.NewWriter(role, set.deflate, params)
		c.prepared, c.bits = role == ws.Server && !params.Server.Takeover, params.Server.Bits
	} else {
		c.writer = ws.NewWriter(role, nil, nil)
	}
	if p, ok := h.(PartHandler); ok {
		c.parts, c.reader.Stream = p, true
	}
	return c
}

// Protocol returns the subprotocol that was chosen, "" for none.
func (c *Conn) Protocol() string { return c.name }

// Loop returns the loop that the connection belongs to. Safe from any goroutine.
func (c *Conn) Loop() protocol.Loop { return c.t.Loop() }

// RemoteAddr returns the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.t.RemoteAddr() }

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.t.LocalAddr() }

// Transport returns the transport below, to ask for its abilities by protocol.As. To write to it would break the connection.
func (c *Conn) Transport() protocol.Transport { return c.t }

// TLS returns the state of the connection's TLS, or nil if it has none.
func (c *Conn) TLS() *tls.ConnectionState {
	t, ok := protocol.As[tlswrap.Transport](c.t)
	if !ok {
		return nil
	}
	state, ok := t.ConnectionState()
	if !ok {
		return nil
	}
	return &state
}

// Handler returns the handler of the connection.
func (c *Conn) Handler() Handler { return c.handler }

// Closing reports whether nothing more can be sent: Close was called, or the connection is being closed by the peer, or is gone.
func (c *Conn) Closing() bool { return c.lost || c.stage != stageOpen }

// wire is a Conn as the protocol of its transport.
type wire Conn

// ConnectionMade begins.
func (w *wire) ConnectionMade(t protocol.Transport) {
	c := (*Conn)(w)
	c.t = t
	c.reader.Limits = c.set.limitsOn(t.Loop())
	c.set.stats.open.Add(1)
	c.set.stats.opened.Add(1)
	if c.queue, _ = protocol.As[protocol.BufferedTransport](t); c.queue != nil {
		c.queue.SetMaxBuffered(maxBuffered)
	}
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true) // messages are written whole; an error only costs latency
	}
	t.RegisterProducer((*flow)(c), protocol.PushProducer)
	if d := c.set.Ping; d > 0 {
		c.timer = t.Loop().CallLater(d, c.tick)
	}
	c.opened = true
	c.protect(func() { c.handler.Open(c) })
}

// maxBuffered is for the transport: the limit is Options.Queue, and a message that is longer is sent all the same if nothing waits.
const maxBuffered = 1<<31 - 1

// DataReceived takes input.
func (w *wire) DataReceived(_ protocol.Transport, p []byte) {
	c := (*Conn)(w)
	c.heard = true
	switch {
	case c.stage == stageEnding:
		c.skip(len(p))
	case c.paused || c.again || len(c.held) > 0:
		c.held = append(c.held, p...)
	default:
		c.process(p)
	}
}

// process handles input until the handler pauses it. p may be changed.
func (c *Conn) process(p []byte) {
	if c.busy {
		return // Resume in a handler: the one further up in the stack goes on
	}
	c.busy = true
	done := false
	c.protect(func() {
		for !c.paused && !c.lost && c.stage != stageEnding {
			ev, n, err := c.reader.Next(p)
			p = p[n:]
			if err != nil {
				c.violated(err.(*ws.Error))
				return
			}
			if ev.Kind == ws.NoEvent {
				return
			}
			done = done || ev.Kind == ws.MessageEvent || ev.Final
			c.event(&ev)
		}
	})
	c.busy = false
	c.bound(done)
	if c.held = nil; c.paused && !c.lost && c.stage != stageEnding && len(p) > 0 {
		c.held = append([]byte(nil), p...)
	}
}

// event handles one event.
func (c *Conn) event(ev *ws.Event) {
	switch ev.Kind {
	case ws.MessageEvent:
		c.handler.Message(c, Kind(ev.Opcode), ev.Data)
	case ws.DataEvent:
		c.parts.Part(c, Kind(ev.Opcode), ev.Data, ev.Final)
	case ws.PingEvent:
		c.pong(ev.Data)
	case ws.PongEvent:
		if h, ok := c.handler.(PongHandler); ok && len(ev.Data) > 0 { // the automatic ones have nothing
			h.Pong(c, ev.Data)
		}
	case ws.CloseEvent:
		c.peerCloses(Code(ev.Code), string(ev.Data))
	}
}

// Pause stops Message and its kin until Resume, and the peer with them: see [protocol.Producer]. A handler may call it. A Ping is not answered meanwhile.
func (c *Conn) Pause() {
	if c.paused = true; !c.lost {
		c.t.Pause()
	}
}

// Resume ends Pause. What waits is delivered soon, not inside Resume.
func (c *Conn) Resume() {
	if !c.paused || c.lost {
		return
	}
	c.paused = false
	switch {
	case c.busy: // it goes on by itself
		c.t.Resume()
	case !c.again:
		c.again = true
		c.Loop().CallLater(0, c.resumed)
	}
}

// resumed goes on with what was held.
func (c *Conn) resumed() {
	c.again = false
	if c.lost || c.paused {
		return
	}
	p := c.held
	c.held = nil
	if c.x != nil && !c.x.began.IsZero() {
		c.x.began = c.Loop().Now()
	}
	c.process(p)
	switch {
	case c.paused || c.lost:
	case c.x != nil && c.x.eof:
		c.endOfStream()
	default:
		c.t.Resume()
	}
}

// ReadConnectionLost is the end of what the peer sends, most often without a Close frame.
func (w *wire) ReadConnectionLost(protocol.Transport) {
	c := (*Conn)(w)
	c.extra().eof = true
	if !c.paused && !c.again {
		c.endOfStream()
	}
}

// WriteConnectionLost follows our own end.
func (w *wire) WriteConnectionLost(protocol.Transport) {}

// endOfStream ends the connection, once what waits has left.
func (c *Conn) endOfStream() {
	if c.x.end == nil {
		c.x.end = &CloseError{Code: Abnormal, Err: protocol.Done(io.EOF)}
	}
	c.stage = stageEnding
	c.limit()
	c.t.UnregisterProducer()
	c.stopProducer(c.x.end)
	c.t.LoseConnection()
}

// ConnectionLost is the end.
func (w *wire) ConnectionLost(_ protocol.Transport, reason error) {
	c := (*Conn)(w)
	c.lost, c.held = true, nil
	if c.timer != nil {
		c.timer.Cancel()
	}
	c.set.stats.open.Add(-1)
	c.reader.Release()
	end := &CloseError{Code: Abnormal, Err: reason}
	if x := c.x; x != nil {
		c.set.stats.held.Add(-int64(x.pending))
		x.pending = 0
		if x.end != nil {
			if end = x.end; end.Err == nil && !end.Clean {
				end.Err = reason
			}
		}
		c.leaveHubs()
		c.stopProducer(end)
	}
	if c.opened {
		c.protect(func() { c.handler.Close(c, end) })
	}
	if c.x != nil && c.x.after != nil {
		c.x.after(end)
	}
}

// Drain closes with 1001.
func (w *wire) Drain() { (*Conn)(w).Close(GoingAway, "") }

var _ protocol.HalfCloser = (*wire)(nil)
