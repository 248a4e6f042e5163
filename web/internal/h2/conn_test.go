// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/h1"
	"golang.org/x/net/http2/hpack"
)

var testLimits = Limits{
	Streams: 10, HeaderList: 4096, Fields: 20, Field: 1000, Target: 500, Continuations: 4, FrameSize: MinFrameSize, Drain: 1000, Table: 4096,
	StreamWindow: 65535, StreamWindowMax: 65535, ConnWindow: 65535, ConnWindowMax: 65535, Resets: 5, Control: 20,
}

// teller is a Handler that notes what it is told, and answers each request when it is complete.
type teller struct {
	c       *Conn
	log     strings.Builder
	refused []string
	ask     bool // wait for nothing: no answers
}

func (h *teller) NewStream() *Stream { return new(Stream) }

func (h *teller) Request(s *Stream, head *h1.Head, refusal *h1.Error) {
	fmt.Fprintf(&h.log, "%d: %s %s %s %q %d %v\n", s.ID(), head.Method, head.Target, head.Host, head.Fields, head.Length, refusal)
	if s.Ended() {
		h.answer(s)
	}
}

func (h *teller) Data(s *Stream, p []byte) {
	fmt.Fprintf(&h.log, "%d: data %q\n", s.ID(), p)
	s.Consumed(len(p))
}

func (h *teller) End(s *Stream, trailer h1.Lines) {
	fmt.Fprintf(&h.log, "%d: end %q\n", s.ID(), trailer)
	h.answer(s)
}

func (h *teller) answer(s *Stream) {
	if h.ask {
		return
	}
	h.c.Enc.Begin()
	h.c.Enc.Status(200)
	s.Headers(h.c.Enc.Block(), false)
	s.Write([]byte("answer"), true, nil)
}

func (h *teller) Reset(s *Stream, err *Error) { fmt.Fprintf(&h.log, "%d: reset %v\n", s.ID(), err) }

func (h *teller) Refused(err *Error) { h.refused = append(h.refused, err.Error()) }

func (h *teller) Ready(s *Stream) { fmt.Fprintf(&h.log, "%d: ready\n", s.ID()) }

func newTeller() *teller {
	h := new(teller)
	h.c = NewConn(h, &testLimits, start)
	return h
}

// feed passes b on and returns what is left of it.
func (h *teller) feed(b []byte) ([]byte, error) {
	for {
		n, err := h.c.Next(b)
		if b = b[n:]; err != nil || n == 0 {
			h.c.Pump(1 << 20)
			return b, err
		}
	}
}

// client makes frames.
type client struct {
	out   []byte
	block bytes.Buffer
	enc   *hpack.Encoder
}

func newClient() *client {
	c := &client{out: AppendSettings([]byte(Preface))}
	c.enc = hpack.NewEncoder(&c.block)
	return c
}

// fields encodes pairs of names and values.
func (c *client) fields(pairs ...string) []byte {
	c.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		c.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return c.block.Bytes()
}

func (c *client) headers(stream uint32, end bool, pairs ...string) {
	c.out = AppendHeaders(c.out, stream, c.fields(pairs...), end, MinFrameSize)
}

var plainGet = []string{":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"}

func (c *client) get(stream uint32) { c.headers(stream, true, plainGet...) }

// What is made of the input does not depend on how it is cut up.
func TestSplits(t *testing.T) {
	c := newClient()
	c.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/a?b=c", ":authority", "a.example", "cookie", "x=1", "user-agent", "t", "cookie", "y=2")
	block := c.fields(":method", "POST", ":scheme", "http", ":path", "/p", ":authority", "a.example", "content-length", "5")
	c.out = AppendHeaders(c.out, 3, block, false, 7)
	c.out = AppendData(c.out, 3, []byte("he"), false)
	c.out = AppendPing(c.out, [8]byte{1, 2}, false)
	c.out = AppendData(c.out, 3, []byte("llo"), false)
	c.headers(3, true, "x-sum", "1")
	c.out = AppendWindowUpdate(c.out, 0, 1000)
	c.headers(5, false, plainGet...)
	c.out = AppendRSTStream(c.out, 5, Cancel)
	c.headers(7, true, ":method", "GET", ":path", "/", "Upper", "case")
	c.get(9)
	c.out = AppendData(c.out, 11, nil, true) // idle: the end
	protocoltest.Splits(t, c.out, func(pieces iter.Seq[[]byte]) string {
		h := newTeller()
		var in []byte
		for piece := range pieces {
			in = append(in, piece...)
			var err error
			if in, err = h.feed(in); err != nil {
				fmt.Fprintln(&h.log, err)
				break
			}
		}
		return h.log.String() + fmt.Sprintf("%q", h.c.Out)
	})
	h := newTeller()
	_, err := h.feed(c.out)
	want := `1: GET /a?b=c a.example "user-agent: t\r\nhost: a.example\r\ncookie: x=1; y=2\r\n" -1 <nil>
3: POST /p a.example "content-length: 5\r\nhost: a.example\r\n" 5 <nil>
3: data "he"
3: data "llo"
3: end "x-sum: 1\r\n"
5: GET / a "host: a\r\n" -1 <nil>
5: reset http2: reset by the client (CANCEL)
9: GET / a "host: a\r\n" -1 <nil>
`
	if got := h.log.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != ProtocolError || e.Stream != 0 {
		t.Errorf("error %v", err)
	}
}

// Every malformed field section resets its stream and no other (RFC 9113 section 8; class 25).
func TestMalformedRequests(t *testing.T) {
	base := func(more ...string) []string { return append(append([]string(nil), plainGet...), more...) }
	for _, tt := range []struct {
		name  string
		pairs []string
	}{
		{"upper case", base("X-A", "1")},
		{"name with a space", base("x a", "1")},
		{"name with a colon", base("x:a", "1")},
		{"empty name", base("", "1")},
		{"CR in a value", base("x", "a\rb")},
		{"LF in a value", base("x", "a\nb")},
		{"NUL in a value", base("x", "a\x00b")},
		{"space before a value", base("x", " a")},
		{"tab behind a value", base("x", "a\t")},
		{"connection", base("connection", "close")},
		{"keep-alive", base("keep-alive", "1")},
		{"proxy-connection", base("proxy-connection", "close")},
		{"transfer-encoding", base("transfer-encoding", "chunked")},
		{"upgrade", base("upgrade", "h2c")},
		{"te", base("te", "gzip")},
		{"unknown pseudo", base(":foo", "1")},
		{"status", base(":status", "200")},
		{"method twice", base(":method", "GET")},
		{"pseudo behind a field", []string{":method", "GET", ":scheme", "http", "x", "1", ":path", "/"}},
		{"no method", []string{":scheme", "http", ":path", "/", ":authority", "a"}},
		{"no scheme", []string{":method", "GET", ":path", "/", ":authority", "a"}},
		{"no path", []string{":method", "GET", ":scheme", "http", ":authority", "a"}},
		{"empty path", []string{":method", "GET", ":scheme", "http", ":path", "", ":authority", "a"}},
		{"path without a slash", []string{":method", "GET", ":scheme", "http", ":path", "a", ":authority", "a"}},
		{"path * of GET", []string{":method", "GET", ":scheme", "http", ":path", "*", ":authority", "a"}},
		{"CRLF in the path", []string{":method", "GET", ":scheme", "http", ":path", "/ HTTP/1.1\r\nx: y", ":authority", "a"}},
		{"space in the path", []string{":method", "GET", ":scheme", "http", ":path", "/a b", ":authority", "a"}},
		{"fragment", []string{":method", "GET", ":scheme", "http", ":path", "/a#b", ":authority", "a"}},
		{"CRLF in the method", []string{":method", "GET / HTTP/1.1\r\n", ":scheme", "http", ":path", "/", ":authority", "a"}},
		{"CRLF in the authority", []string{":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a\r\nx: y"}},
		{"userinfo", []string{":method", "GET", ":scheme", "http", ":path", "/", ":authority", "u@a"}},
		{"CRLF in the scheme", []string{":method", "GET", ":scheme", "http\r\n", ":path", "/", ":authority", "a"}},
		{"host differs", base("host", "b")},
		{"host twice", base("host", "a", "host", "a")},
		{"content-length malformed", base("content-length", "+1")},
		{"content-length twice", base("content-length", "0", "content-length", "0")},
		{"content-length without content", base("content-length", "1")},
		{"CONNECT with a path", []string{":method", "CONNECT", ":scheme", "http", ":path", "/", ":authority", "a:1"}},
		{"CONNECT without a port", []string{":method", "CONNECT", ":authority", "a"}},
		{"extended CONNECT", []string{":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", "/", ":authority", "a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient()
			c.headers(1, true, tt.pairs...)
			c.get(3)
			h := newTeller()
			if _, err := h.feed(c.out); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(h.c.Out, AppendRSTStream(nil, 1, ProtocolError)) {
				t.Error("not reset")
			}
			if got := h.log.String(); !strings.HasPrefix(got, "3: GET") {
				t.Errorf("requests: %s", got)
			}
		})
	}
}

// Requests that are understood and cannot be served get a status.
func TestRefusals(t *testing.T) {
	many := append([]string(nil), plainGet...)
	for i := range 21 {
		many = append(many, fmt.Sprintf("x-%d", i), "1")
	}
	for _, tt := range []struct {
		name   string
		status int
		pairs  []string
	}{
		{"field", 431, append(plainGet[:8:8], "x", strings.Repeat("a", 1000))},
		{"fields", 431, many},
		{"target", 414, []string{":method", "GET", ":scheme", "http", ":path", "/" + strings.Repeat("a", 500), ":authority", "a"}},
		{"expectation", 417, append(plainGet[:8:8], "expect", "more")},
		{"authority", 400, []string{":method", "GET", ":scheme", "http", ":path", "/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient()
			c.headers(1, true, tt.pairs...)
			c.get(3)
			h := newTeller()
			_, err := h.feed(c.out)
			if got := h.log.String(); err != nil || !strings.Contains(got, fmt.Sprintf("(%d)\n3: GET", tt.status)) {
				t.Errorf("%v, %s", err, got)
			}
		})
	}
}

// Nothing that a peer sends makes it panic, or hold more than the limits allow for.
func FuzzConn(f *testing.F) {
	c := newClient()
	c.headers(1, false, plainGet...)
	c.out = AppendData(c.out, 1, []byte("hello"), true)
	c.out = AppendPriorityUpdate(c.out, 5, "u=1")
	c.get(3)
	f.Add(c.out[len(Preface):])
	c = newClient()
	c.out = AppendHeaders(c.out, 1, c.fields(plainGet...), false, 3)
	c.out = AppendRSTStream(AppendPing(AppendWindowUpdate(c.out, 1, 5), [8]byte{}, false), 1, Cancel)
	f.Add(c.out[len(Preface):])
	f.Fuzz(func(t *testing.T, b []byte) {
		h := newTeller()
		h.ask = len(b)%2 == 0
		in := append([]byte(Preface), b...)
		for {
			n, err := h.c.Next(in)
			if err != nil {
				if e, ok := errors.AsType[*Error](err); !ok || e.Stream != 0 {
					t.Fatalf("error %v", err)
				}
				h.c.GoAway(ProtocolError, false, "")
				return
			}
			if n == 0 {
				return
			}
			in = in[n:]
			h.c.Pump(1 << 16)
			if n := len(h.c.Streams()); n > testLimits.Streams {
				t.Fatalf("%d streams", n)
			}
			if held := len(h.c.fields.text) + len(h.c.fields.cookies); held > 2*testLimits.HeaderList {
				t.Fatalf("%d bytes of fields", held)
			}
		}
	})
}
