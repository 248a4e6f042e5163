// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h2"
	"golang.org/x/net/http2/hpack"
)

// client2 is the client's end of an HTTP/2 connection. It takes what comes at once, and keeps to the server's windows.
type client2 struct {
	scheme  string
	out     []byte // not sent yet
	enc     *hpack.Encoder
	encoded bytes.Buffer
	dec     *hpack.Decoder
	block   []byte // of a header under way
	last    uint32 // the last request
	send    int    // window of the connection
	window  int    // of new streams
	streams []*stream2
	ended   bool // the client has closed its side because the server has
}

// stream2 is one request and its response.
type stream2 struct {
	id      uint32
	res     *Response
	send    int    // window
	body    []byte // waits for the windows
	left    int64  // to come by Content-Length; negative if nobody knows
	end     bool   // behind body
	trailer http.Header
	sent    bool // END_STREAM
}

func newClient2(scheme string) *client2 {
	c := &client2{scheme: scheme, send: 65535, window: 65535}
	c.enc, c.dec = hpack.NewEncoder(&c.encoded), hpack.NewDecoder(4096, nil)
	c.out = h2.AppendSettings([]byte(h2.Preface))
	return c
}

func (c *client2) headers(s *stream2, end bool, fields []hpack.HeaderField) {
	c.encoded.Reset()
	for _, f := range fields {
		c.enc.WriteField(f) // to memory
	}
	c.out = h2.AppendHeaders(c.out, s.id, c.encoded.Bytes(), end, h2.MinFrameSize)
	s.sent = end
}

// begin sends the header of a request.
func (c *client2) begin(q Request, res *Response) {
	c.last += 2
	s := &stream2{id: c.last - 1, res: res, send: c.window, left: -1}
	res.stream = s
	c.streams = append(c.streams, s)
	fields := []hpack.HeaderField{{Name: ":method", Value: q.method()}}
	if target := cmp.Or(q.Target, "/"); q.method() == http.MethodConnect {
		fields = append(fields, hpack.HeaderField{Name: ":authority", Value: target})
	} else {
		fields = append(fields, hpack.HeaderField{Name: ":scheme", Value: c.scheme}, hpack.HeaderField{Name: ":authority", Value: cmp.Or(q.Host, "example.com")},
			hpack.HeaderField{Name: ":path", Value: target})
	}
	fields = append(fields, fields2(q.Header)...)
	switch n := q.Header.Get("Content-Length"); {
	case n != "":
		if length, err := strconv.ParseInt(n, 10, 64); err == nil && q.Stream {
			s.left = length
		}
	case q.withLength():
		fields = append(fields, hpack.HeaderField{Name: "content-length", Value: strconv.Itoa(len(q.Body))})
	}
	s.body, s.end = []byte(q.Body), !q.Stream
	s.count(len(q.Body))
	c.headers(s, s.end && len(s.body) == 0, fields)
	c.pump()
}

// fields2 returns the fields of h in the order of their names, but for those that HTTP/2 has no place for.
func fields2(h http.Header) []hpack.HeaderField {
	var fields []hpack.HeaderField
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch lower := strings.ToLower(name); lower {
		case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		default:
			for _, v := range h[name] {
				fields = append(fields, hpack.HeaderField{Name: lower, Value: v})
			}
		}
	}
	return fields
}

// count notes that n bytes of the body have come. What has the length that was announced is complete.
func (s *stream2) count(n int) {
	if s.left >= 0 {
		s.left -= int64(n)
		s.end = s.end || s.left <= 0
	}
}

// pump sends of the bodies what the windows allow for.
func (c *client2) pump() {
	for _, s := range c.streams {
		for len(s.body) > 0 && s.send > 0 && c.send > 0 {
			n := min(len(s.body), s.send, c.send, h2.MinFrameSize)
			s.send -= n
			c.send -= n
			s.sent = s.end && n == len(s.body) && len(s.trailer) == 0
			c.out = h2.AppendData(c.out, s.id, s.body[:n], s.sent)
			s.body = s.body[n:]
		}
		if !s.end || s.sent || len(s.body) > 0 {
			continue
		}
		if len(s.trailer) > 0 {
			c.headers(s, true, fields2(s.trailer))
			continue
		}
		c.out = h2.AppendData(c.out, s.id, nil, true)
		s.sent = true
	}
	c.streams = slices.DeleteFunc(c.streams, func(s *stream2) bool { return s.sent && (s.res.Finished || s.res.Err != nil) })
}

// pump goes on with the bodies, and settles.
func (c *Conn) pump() {
	c.two.pump()
	c.flush()
	c.Settle()
}

// flush sends what is to be sent, and reports whether there was anything.
func (c *Conn) flush() bool {
	out := c.two.out
	c.two.out = nil
	if len(out) > 0 {
		c.Transport.Feed(out)
	}
	if !c.two.ended && c.Transport.WriteClosed() {
		c.two.ended = true
		c.Transport.FeedEOF()
		return true
	}
	return len(out) > 0
}

// read takes the frames off the front of b and returns what is left of it.
func (c *client2) read(b []byte) []byte {
	for {
		h, p, n, err := h2.ParseFrame(b, h2.MinFrameSize)
		if err != nil {
			c.fail(0, err)
			return nil
		}
		if n == 0 {
			break
		}
		b = b[n:]
		c.frame(h, p)
	}
	c.pump()
	return b
}

// fail ends the responses of the streams behind last.
func (c *client2) fail(last uint32, err error) {
	for _, s := range c.streams {
		if s.id > last && !s.res.Finished && s.res.Err == nil {
			s.res.Err = fmt.Errorf("webtest: HTTP/2: %w", err)
		}
	}
}

func (c *client2) find(id uint32) *stream2 {
	for _, s := range c.streams {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (c *client2) frame(h h2.Header, p []byte) {
	s := c.find(h.Stream)
	switch h.Type {
	case h2.TypeSettings:
		c.settings(h, p)
	case h2.TypePing:
		if data, err := h2.ParsePing(h, p); err == nil && !h.Flags.Has(h2.FlagAck) {
			c.out = h2.AppendPing(c.out, data, true)
		}
	case h2.TypeWindowUpdate:
		n, _ := h2.ParseWindowUpdate(h, p)
		switch {
		case h.Stream == 0:
			c.send += n
		case s != nil:
			s.send += n
		}
	case h2.TypeGoAway:
		last, code, err := h2.ParseGoAway(h, p)
		if err == nil && code != h2.NoError {
			err = &h2.Error{Code: code, Reason: string(p[8:])}
			last = 0
		}
		if err != nil {
			c.fail(last, err)
		}
	case h2.TypeRSTStream:
		if code, _ := h2.ParseRSTStream(h, p); s != nil {
			s.body, s.end, s.sent = nil, true, true
			if !s.res.Finished {
				s.res.Err = fmt.Errorf("webtest: HTTP/2: %w", &h2.Error{Code: code, Stream: s.id, Reason: "reset by the server"})
			}
		}
	case h2.TypeData:
		c.out = h2.AppendWindowUpdate(c.out, 0, max(len(p), 1))
		if s == nil {
			return
		}
		data, _ := h2.ParseData(h, p)
		s.res.Body += string(data)
		if s.res.Finished = h.Flags.Has(h2.FlagEndStream); !s.res.Finished {
			c.out = h2.AppendWindowUpdate(c.out, s.id, max(len(p), 1))
		}
	case h2.TypeHeaders, h2.TypeContinuation:
		c.head(s, h, p)
	}
}

func (c *client2) settings(h h2.Header, p []byte) {
	if h.Flags.Has(h2.FlagAck) {
		return
	}
	for len(p) > 0 {
		var set h2.Setting
		if set, p = h2.SettingAt(p); set.ID == h2.SettingInitialWindowSize {
			more := int(set.Value) - c.window
			c.window += more
			for _, s := range c.streams {
				s.send += more
			}
		}
	}
	c.out = h2.AppendSettingsAck(c.out)
}

// head reads a part of a field block.
func (c *client2) head(s *stream2, h h2.Header, p []byte) {
	if h.Type == h2.TypeHeaders {
		c.block = c.block[:0]
		if s != nil && h.Flags.Has(h2.FlagEndStream) {
			s.res.last = true
		}
	}
	if c.block = append(c.block, p...); !h.Flags.Has(h2.FlagEndHeaders) {
		return
	}
	fields, err := c.dec.DecodeFull(c.block)
	if err != nil {
		c.fail(0, err)
	}
	if err == nil && s != nil {
		s.res.fields(fields)
	}
}

// fields takes the header of a response, interim or not, or its trailer.
func (r *Response) fields(fields []hpack.HeaderField) {
	header, status := make(http.Header), 0
	for _, f := range fields {
		if f.Name == ":status" {
			status, _ = strconv.Atoi(f.Value)
		} else {
			header.Add(f.Name, f.Value)
		}
	}
	switch {
	case status == 0:
		r.Trailer = header
	case status/100 == 1:
		r.Interim = append(r.Interim, Interim{status, header})
	default:
		r.Status, r.Header = status, header
	}
	r.Finished = r.last
}
