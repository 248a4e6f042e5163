// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"sort"
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
	"golang.org/x/net/http2/hpack"
)

// A Handler is told what happens on a server's connection. It may call the methods of the Conn and its Streams.
type Handler interface {
	events
	// NewStream returns the Stream of a request that has just been read.
	NewStream() *Stream
	// Request begins s, with a refusal if the request is understood but cannot be served.
	Request(s *Stream, h *h1.Head, refusal *h1.Error)
}

// events are what both sides are told.
type events interface {
	// Data delivers a piece of the message's body, lent until return. It counts against the windows until s.Consumed.
	Data(s *Stream, p []byte)
	// End tells that the message is complete. trailer is in the form of Head.Fields.
	End(s *Stream, trailer h1.Lines)
	// Reset tells that s is over before its time.
	Reset(s *Stream, err *Error)
	// Refused tells that a rule or a limit costs a stream, whether there was a head or not. Reset follows if there was.
	Refused(err *Error)
	// Ready follows Want.
	Ready(s *Stream)
}

// A Conn is one end of an HTTP/2 connection without I/O: the owner passes input to Next, sends what is in Out, and calls Pump where there may be something to
// send. Loop only.
type Conn struct {
	Out    []byte // to be sent; the owner empties it
	Full   bool   // the owner cannot send at the moment
	Queued int    // octets that wait in all streams
	Held   int    // streams that are over but count, because somebody works for them still
	Enc    *Encoder

	h      events
	server Handler       // nil on the client's side
	client ClientHandler // nil on the server's
	peer   peerSettings
	limits *Limits
	now    time.Time

	streams []*Stream // by id
	tunnels int       // of them
	last    uint32    // the highest stream that the client has begun
	final   bool      // GOAWAY was sent: later streams are ignored
	recent  [64]uint32
	recents int // that were put into recent
	early   []earlyPriority
	said    uint32 // the last stream of the final GOAWAY
	owed    int    // octets that may still come on streams that this side has reset

	send, frame, window int // of the connection; the peer's maximum frame size, and its initial window
	recv                receiveWindow
	turn                uint64
	turns               [8]uint64
	moved               int64
	requests            int

	dec     *hpack.Decoder
	fields  fieldSection
	block   blockState
	head    h1.Head         // lent to Request
	answer  h1.ResponseHead // lent to Response
	greeted int             // octets of the preface, then 1 more for SETTINGS
	resets  budget
	control budget

	settingsAt time.Time // when they were sent; zero when they were acknowledged
	pingAt     time.Time // zero if no PING is under way
	rtt        time.Duration
	more       bool // there is input behind the frame that is dealt with
	replied    int  // octets of answers to control frames
	peerGone   bool
}

// earlyPriority is a PRIORITY_UPDATE that came before its stream.
type earlyPriority struct {
	stream uint32
	prio   Priority
}

// NewConn returns a Conn whose first output are its settings.
func NewConn(h Handler, limits *Limits, now time.Time) *Conn {
	c := newConn(h, limits, now)
	c.server = h
	settings := []Setting{
		{SettingMaxConcurrentStreams, uint32(limits.Streams)}, {SettingInitialWindowSize, uint32(limits.StreamWindow)},
		{SettingMaxHeaderListSize, uint32(limits.HeaderList)}, {SettingNoRFC7540Priorities, 1},
	}
	if limits.Connect {
		settings = append(settings, Setting{SettingEnableConnectProtocol, 1})
	}
	c.begin(settings)
	return c
}

func newConn(h events, limits *Limits, now time.Time) *Conn {
	c := &Conn{
		h: h, limits: limits, now: now, Enc: newEncoder(), send: 65535, frame: MinFrameSize, window: 65535, settingsAt: now,
		recv:   newReceiveWindow(65535, limits.ConnWindowMax),
		resets: newBudget(limits.Resets, limits.Resets/10+1, now), control: newBudget(limits.Control, limits.Control/5+1, now),
	}
	c.fields.limits = limits
	c.dec = hpack.NewDecoder(uint32(limits.Table), c.fields.emit)
	c.dec.SetMaxStringLength(limits.HeaderList)
	return c
}

// begin sends the settings.
func (c *Conn) begin(settings []Setting) {
	limits := c.limits
	if limits.FrameSize != MinFrameSize {
		settings = append(settings, Setting{SettingMaxFrameSize, uint32(limits.FrameSize)})
	}
	if limits.Table != 4096 {
		settings = append(settings, Setting{SettingHeaderTableSize, uint32(limits.Table)})
	}
	c.Out = AppendSettings(c.Out, settings...)
	if more := limits.ConnWindow - 65535; more > 0 {
		c.Out = AppendWindowUpdate(c.Out, 0, more)
		c.recv = newReceiveWindow(limits.ConnWindow, limits.ConnWindowMax)
	}
}

// SetNow tells the time. It is called before the other methods in each pass.
func (c *Conn) SetNow(now time.Time) { c.now = now }

// Streams returns the streams that are open, by their number. It is lent until the next call of any other method.
func (c *Conn) Streams() []*Stream { return c.streams }

// Tunnels returns how many of the streams are tunnels.
func (c *Conn) Tunnels() int { return c.tunnels }

// Requests returns how many requests there were.
func (c *Conn) Requests() int { return c.requests }

// Begun reports whether the peer's settings have come and no field block is under way.
func (c *Conn) Begun() bool { return c.greeted > len(Preface) && !c.block.open }

// PeerGone reports whether the peer has sent GOAWAY.
func (c *Conn) PeerGone() bool { return c.peerGone }

// Replied returns how many octets were sent as answers to control frames.
func (c *Conn) Replied() int { return c.replied }

// Pinged reports whether a PING waits for its answer.
func (c *Conn) Pinged() bool { return !c.pingAt.IsZero() }

// PingSent returns when that was sent.
func (c *Conn) PingSent() time.Time { return c.pingAt }

// SettingsSent returns when the settings were sent that wait for their acknowledgement, the zero time if none do.
func (c *Conn) SettingsSent() time.Time { return c.settingsAt }

// Ping sends a PING unless one is under way.
func (c *Conn) Ping() {
	if !c.Pinged() {
		c.pingAt = c.now
		c.Out = AppendPing(c.Out, pingData, false)
	}
}

// pingData is what our PING frames carry.
var pingData = [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}

// GoAway tells the peer to begin no more streams. A graceful one still takes those that are on their way, and is followed by another.
func (c *Conn) GoAway(code Code, graceful bool, reason string) {
	last := c.last
	switch {
	case c.final: // streams were ignored since
		last = c.said
	case graceful:
		last = 1<<31 - 1
	default:
		c.final, c.said = true, last
	}
	c.Out = AppendGoAway(c.Out, last, code, reason)
}

// index returns where the stream is or would be.
func (c *Conn) index(id uint32) int {
	if n := len(c.streams); n == 0 || c.streams[n-1].id < id {
		return n
	}
	return sort.Search(len(c.streams), func(i int) bool { return c.streams[i].id >= id })
}

func (c *Conn) find(id uint32) *Stream {
	if i := c.index(id); i < len(c.streams) && c.streams[i].id == id {
		return c.streams[i]
	}
	return nil
}

// drop forgets a stream.
func (c *Conn) drop(s *Stream) {
	s.gone = true
	c.Queued -= s.Queued()
	s.release()
	s.wants = false
	if s.tunnel != nil {
		c.tunnels--
		s.tunnel.dropped()
	}
	if i := c.index(s.id); i < len(c.streams) && c.streams[i] == s {
		c.streams = append(c.streams[:i], c.streams[i+1:]...)
		if n := len(c.streams); n < cap(c.streams) {
			c.streams[:n+1][n] = nil
		}
	}
	c.consumed(s.held)
}

// consumed opens the connection's window.
func (c *Conn) consumed(n int) {
	if k := c.recv.consumed(n, c.now, c.rtt); k > 0 {
		c.Out = AppendWindowUpdate(c.Out, 0, k)
	}
}

// remember notes that this side has reset a stream: what the peer sent before it knew is ignored.
func (c *Conn) remember(id uint32) {
	c.recent[c.recents%len(c.recent)] = id
	c.recents++
}

func (c *Conn) remembers(id uint32) bool {
	for _, r := range c.recent {
		if r == id {
			return true
		}
	}
	return false
}

// fail ends a stream that the peer has broken, whether it is open or not. Too many of them are an error of the connection (CVE-2025-8671).
func (c *Conn) fail(id uint32, s *Stream, err *Error) error {
	if c.server != nil && !c.resets.spend(c.now) {
		return errResets
	}
	c.h.Refused(err)
	if s == nil {
		c.Out = AppendRSTStream(c.Out, id, err.Code)
		c.replied += HeaderLen + 4
		c.remember(id)
		return nil
	}
	s.Reset(err.Code)
	c.wasReset(s, err)
	return nil
}

// wasReset tells who has the stream that it is over.
func (c *Conn) wasReset(s *Stream, err *Error) {
	if s.tunnel != nil {
		s.tunnel.wasReset(err)
		return
	}
	c.h.Reset(s, err)
}
