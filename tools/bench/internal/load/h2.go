// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sys/unix"
)

// H2 is a load of GET / over HTTP/2 without TLS, begun with prior knowledge (RFC 9113 section 3.3). Each connection opens Streams at once, waits for all the answers, and goes
// on. A request is an operation; a batch is a sample of latency.
type H2 struct {
	Conns   int
	Streams int    // at once on a connection
	Body    string // what the answers have to hold: less than 16 KiB
}

const (
	frameHead   = 9       // bytes of the head of a frame
	frameMax    = 16384   // bytes of a frame that a server may send
	flowEvery   = 1 << 14 // bytes of body after which the server is allowed as many again
	h2StreamMax = 1 << 30 // stream numbers beyond it are not used
)

// Run loads the server of cfg.
func (h H2) Run(cfg Config) (Result, error) {
	l, err := newLoop(cfg)
	if err != nil {
		return Result{}, err
	}
	g := &multiplexer{load: h, loop: l, conns: make([]streams, h.Conns), body: []byte(h.Body), buf: make([]byte, readSize)}
	g.batch = g.requests(cfg.Addr.String())
	return l.measure(g)
}

type multiplexer struct {
	load  H2
	loop  *loop
	conns []streams
	body  []byte
	batch []byte // HEADERS frames
	each  int    // bytes of one of them
	buf   []byte
}

// streams is one connection.
type streams struct {
	stream
	next    uint32 // number of the batch's first stream
	got     []int  // by the stream's place in the batch: bytes of body, -1 before the head, -2 after the end
	answers int    // of the batch still to come
	bytes   int    // of answers
	flow    int    // bytes of body that the window was not enlarged by
	part    []byte // a frame that is not complete
	fields  *hpack.Decoder
	status  string // of the head that is being decoded
}

const (
	awaited = -1
	over    = -2
)

// requests returns the frames of a batch. The fields are the same each time and not indexed, so that they do not depend on the state of the connection.
func (g *multiplexer) requests(host string) []byte {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	e.SetMaxDynamicTableSize(0)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", host}, {":path", "/"}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	var frames bytes.Buffer
	f := http2.NewFramer(&frames, nil)
	for range g.load.Streams {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
	}
	g.each = frameHead + block.Len()
	return frames.Bytes()
}

func (g *multiplexer) start() error {
	for i := range g.conns {
		if err := g.open(i); err != nil {
			return err
		}
		if err := g.begin(i); err != nil {
			return err
		}
	}
	return nil
}

func (g *multiplexer) open(id int) error {
	c := &g.conns[id]
	fd, err := g.loop.cfg.dial(id, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	*c = streams{stream: stream{fd: fd, sent: g.loop.now()}, next: 1, got: make([]int, g.load.Streams)}
	c.fields = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":status" {
			c.status = f.Value
		}
	})
	if err := noDelay(fd); err != nil {
		return err
	}
	hello := bytes.NewBufferString(http2.ClientPreface)
	if err := http2.NewFramer(hello, nil).WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}); err != nil {
		return err
	}
	if err := c.send(hello.Bytes()); err != nil {
		return err
	}
	return epollAdd(g.loop.ep, fd, id, unix.EPOLLIN)
}

// send sends all of p, which is little.
func (c *streams) send(p []byte) error {
	if n, err := c.write(p); err != nil || n != len(p) {
		return fmt.Errorf("sent %d of %d bytes: %w", n, len(p), err)
	}
	return nil
}

// begin sends the next batch.
func (g *multiplexer) begin(id int) error {
	c := &g.conns[id]
	if c.next > h2StreamMax {
		return errors.New("a connection has run out of streams")
	}
	c.answers, c.bytes = g.load.Streams, 0
	for k := range c.got {
		c.got[k] = awaited
		binary.BigEndian.PutUint32(g.batch[k*g.each+5:], c.next+2*uint32(k))
	}
	return c.send(g.batch)
}

func (g *multiplexer) event(id int, _ uint32) error {
	c := &g.conns[id]
	n, err := c.read(g.buf)
	if err != nil || n == 0 {
		return err
	}
	p := g.buf[:n]
	if len(c.part) > 0 {
		c.part = append(c.part, p...)
		p = c.part
	}
	for len(p) >= frameHead {
		size := int(p[0])<<16 | int(p[1])<<8 | int(p[2])
		if size > frameMax {
			return fmt.Errorf("%w: a frame of %d bytes", errSurplus, size)
		}
		if len(p) < frameHead+size {
			break
		}
		if err := g.frame(c, http2.FrameType(p[3]), http2.Flags(p[4]), binary.BigEndian.Uint32(p[5:]), p[frameHead:frameHead+size]); err != nil {
			return err
		}
		p = p[frameHead+size:]
	}
	c.part = append(c.part[:0], p...)
	if c.answers > 0 {
		return nil
	}
	now := g.loop.done(g.load.Streams, c.bytes, c.sent)
	if now-c.sent > g.loop.cfg.patience() {
		return errLate
	}
	c.sent = now
	c.next += 2 * uint32(g.load.Streams)
	return g.begin(id)
}

// frame takes one frame.
func (g *multiplexer) frame(c *streams, kind http2.FrameType, flags http2.Flags, id uint32, p []byte) error {
	switch kind {
	case http2.FrameHeaders, http2.FrameData:
		k := (int(id) - int(c.next)) / 2
		if id%2 == 0 || id < c.next || k >= len(c.got) || c.got[k] == over {
			return errSurplus
		}
		c.bytes += frameHead + len(p)
		if kind == http2.FrameHeaders {
			return g.head(c, k, flags, p)
		}
		return g.data(c, k, flags, p)
	case http2.FrameSettings:
		if flags.Has(http2.FlagSettingsAck) {
			return nil
		}
		return c.send([]byte{0, 0, 0, byte(http2.FrameSettings), byte(http2.FlagSettingsAck), 0, 0, 0, 0})
	case http2.FramePing:
		if flags.Has(http2.FlagPingAck) || len(p) != 8 {
			return errSurplus
		}
		return c.send(append([]byte{0, 0, 8, byte(http2.FramePing), byte(http2.FlagPingAck), 0, 0, 0, 0}, p...))
	case http2.FrameWindowUpdate:
		return nil
	}
	return fmt.Errorf("the server sent %v: %x", kind, p)
}

// head takes the header of the answer to stream k of the batch.
func (g *multiplexer) head(c *streams, k int, flags http2.Flags, p []byte) error {
	const whole = http2.FlagHeadersEndHeaders
	if c.got[k] != awaited || flags&^http2.FlagHeadersEndStream != whole {
		return fmt.Errorf("a head of an unexpected form: flags %x", flags)
	}
	c.status = ""
	if _, err := c.fields.Write(p); err != nil {
		return err
	}
	if err := c.fields.Close(); err != nil {
		return err
	}
	if c.status != "200" {
		return fmt.Errorf("the status is %q, not 200", c.status)
	}
	c.got[k] = 0
	return g.ended(c, k, flags.Has(http2.FlagHeadersEndStream))
}

// data takes a part of the body of the answer to stream k of the batch.
func (g *multiplexer) data(c *streams, k int, flags http2.Flags, p []byte) error {
	at := c.got[k]
	switch {
	case at == awaited || flags&^http2.FlagDataEndStream != 0:
		return fmt.Errorf("data of an unexpected form: flags %x", flags)
	case at+len(p) > len(g.body):
		return errSurplus
	case !bytes.Equal(p, g.body[at:at+len(p)]):
		return errWrong
	}
	c.got[k] += len(p)
	if c.flow += len(p); c.flow >= flowEvery {
		more := binary.BigEndian.AppendUint32([]byte{0, 0, 4, byte(http2.FrameWindowUpdate), 0, 0, 0, 0, 0}, uint32(c.flow))
		if c.flow = 0; c.send(more) != nil {
			return errClosed
		}
	}
	return g.ended(c, k, flags.Has(http2.FlagDataEndStream))
}

// ended counts the answer if this was the last of its frames.
func (g *multiplexer) ended(c *streams, k int, last bool) error {
	if !last {
		return nil
	}
	if c.got[k] != len(g.body) {
		return fmt.Errorf("%w: a body has %d bytes, not %d", errWrong, c.got[k], len(g.body))
	}
	c.got[k] = over
	c.answers--
	return nil
}

func (g *multiplexer) overdue(now, limit time.Duration) error {
	for i := range g.conns {
		if now-g.conns[i].sent > limit {
			return errLate
		}
	}
	return nil
}

func (g *multiplexer) close() {
	for i := range g.conns {
		g.conns[i].stream.close()
	}
}
