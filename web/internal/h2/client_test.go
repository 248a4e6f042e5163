// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// asker is a ClientHandler that notes what it is told.
type asker struct {
	c    *Conn
	log  strings.Builder
	hold bool // data is not consumed
}

func (a *asker) Response(s *Stream, h *h1.ResponseHead) {
	fmt.Fprintf(&a.log, "%d: %d %q %d\n", s.ID(), h.Status, h.Fields, h.Length)
}
func (a *asker) Data(s *Stream, p []byte) {
	fmt.Fprintf(&a.log, "%d: data %.20q\n", s.ID(), p)
	if !a.hold {
		s.Consumed(len(p))
	}
}
func (a *asker) End(s *Stream, trailer h1.Lines) {
	fmt.Fprintf(&a.log, "%d: end %q\n", s.ID(), trailer)
}
func (a *asker) Reset(s *Stream, err *Error) { fmt.Fprintf(&a.log, "%d: reset %v\n", s.ID(), err) }
func (a *asker) Refused(*Error)              {}
func (a *asker) Ready(s *Stream)             { fmt.Fprintf(&a.log, "%d: ready\n", s.ID()) }
func (a *asker) Settled()                    { fmt.Fprintf(&a.log, "settled: %d %v\n", a.c.Room(), a.c.Connects()) }
func (a *asker) GoingAway(code Code)         { fmt.Fprintf(&a.log, "going away: %v\n", code) }

func newAsker() *asker {
	a := new(asker)
	a.c = NewClient(a, &testLimits, start)
	a.c.Out = nil
	return a
}

// ask begins a stream.
func (a *asker) ask(method string, end bool) *Stream {
	s := new(Stream)
	e := a.c.Enc
	e.Begin()
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}} {
		e.Pseudo(f[0], f[1])
	}
	a.c.Begin(s, e.Block(), end, method == "HEAD")
	return s
}

func (a *asker) feed(b []byte) ([]byte, error) {
	for {
		n, err := a.c.Next(b)
		if b = b[n:]; err != nil || n == 0 {
			a.c.Pump(1 << 20)
			return b, err
		}
	}
}

// answers makes the frames of a server.
func answers() *client {
	c := newClient()
	c.out = AppendSettings(nil, Setting{SettingMaxConcurrentStreams, 5}, Setting{SettingEnableConnectProtocol, 1})
	return c
}

// A Conn of each side, joined: what one says the other understands.
func TestClientAndServer(t *testing.T) {
	a, h := newAsker(), newTeller()
	a.c = NewClient(a, &testLimits, start)
	a.ask("GET", true)
	s := a.ask("POST", false)
	s.Write([]byte("body"), true, []h1.Field{{Name: "Sum", Value: "7"}})
	for range 4 {
		out := a.c.Out
		a.c.Out = nil
		if rest, err := h.feed(out); err != nil || len(rest) > 0 {
			t.Fatal(err, rest)
		}
		out = h.c.Out
		h.c.Out = nil
		if rest, err := a.feed(out); err != nil || len(rest) > 0 {
			t.Fatal(err, rest)
		}
	}
	want := "settled: 8 false\n1: 200 \"\" -1\n1: data \"answer\"\n1: end \"\"\n3: 200 \"\" -1\n3: data \"answer\"\n3: end \"\"\n"
	if got := a.log.String(); got != want || len(a.c.Streams()) != 0 || len(h.c.Streams()) != 0 {
		t.Errorf("got %s", got)
	}
	if got := h.log.String(); !strings.Contains(got, "3: data \"body\"\n3: end \"sum: 7\\r\\n\"") {
		t.Errorf("the server got %s", got)
	}
}

// What is made of a server's frames does not depend on how they are cut up.
func TestClientSplits(t *testing.T) {
	c := answers()
	c.headers(1, false, ":status", "103", "link", "x")
	block := c.fields(":status", "200", "content-length", "5", "set-cookie", "a=b", "set-cookie", "c=d")
	c.out = AppendHeaders(c.out, 1, block, false, 7)
	c.out = AppendData(c.out, 1, []byte("he"), false)
	c.headers(3, true, ":status", "204")
	c.out = AppendPing(c.out, [8]byte{1}, false)
	c.out = AppendData(c.out, 1, []byte("llo"), false)
	c.headers(1, true, "sum", "1")
	c.out = AppendRSTStream(c.out, 5, RefusedStream)
	c.headers(7, true, ":status", "200", "content-length", "9") // to HEAD
	c.out = AppendGoAway(c.out, 9, NoError, "bye")
	protocoltest.Splits(t, c.out, func(pieces iter.Seq[[]byte]) string {
		a := newAsker()
		for i := range 6 {
			a.ask([]string{"GET", "POST", "GET", "HEAD", "GET", "GET"}[i], true)
		}
		var in []byte
		for piece := range pieces {
			in = append(in, piece...)
			var err error
			if in, err = a.feed(in); err != nil {
				t.Fatal(err)
			}
		}
		want := "settled: 0 true\n1: 103 \"link: x\\r\\n\" -1\n1: 200 \"content-length: 5\\r\\nset-cookie: a=b\\r\\nset-cookie: c=d\\r\\n\" 5\n" +
			"1: data \"he\"\n3: 204 \"\" -1\n3: end \"\"\n1: data \"llo\"\n1: end \"sum: 1\\r\\n\"\n5: reset http2: reset by the server (REFUSED_STREAM)\n" +
			"7: 200 \"content-length: 9\\r\\n\" 9\n7: end \"\"\n11: reset http2: the server goes away and did not look at it (REFUSED_STREAM)\ngoing away: NO_ERROR\n"
		if got := a.log.String(); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		return fmt.Sprintf("%x %d", a.c.Out, a.c.Room())
	})
}

// What a hostile server sends ends a stream or the connection (classes 21 to 24, and 26: responses that lie about their length).
func TestClientHostileServer(t *testing.T) {
	many := func(n int, f func(b []byte) []byte) []byte {
		b := AppendSettings(nil)
		for range n {
			b = f(b)
		}
		return b
	}
	head := func(end bool, pairs ...string) []byte { c := answers(); c.headers(1, end, pairs...); return c.out }
	plain := func(more ...byte) []byte { return append(head(false, ":status", "200"), more...) }
	for name, test := range map[string]struct {
		in   []byte
		want string // of the error, or else in the log
	}{
		"push":              {append(AppendHeader(AppendSettings(nil), Header{Length: 4, Type: TypePushPromise, Stream: 1, Flags: FlagEndHeaders}), 0, 0, 0, 2), "PROTOCOL_ERROR"},
		"push enabled":      {AppendSettings(nil, Setting{SettingEnablePush, 1}), "PROTOCOL_ERROR"},
		"no settings":       {AppendPing(nil, [8]byte{}, false), "PROTOCOL_ERROR"},
		"settings grow old": {AppendSettings(AppendSettings(nil, Setting{SettingEnableConnectProtocol, 1}), Setting{SettingEnableConnectProtocol, 0}), "PROTOCOL_ERROR"},
		"priority update":   {append(AppendHeader(AppendSettings(nil), Header{Length: 4, Type: TypePriorityUpdate}), 0, 0, 0, 1), "PROTOCOL_ERROR"},
		"idle stream":       {func() []byte { c := answers(); c.headers(3, true, ":status", "200"); return c.out }(), "PROTOCOL_ERROR"},
		"its own stream":    {func() []byte { c := answers(); c.headers(2, true, ":status", "200"); return c.out }(), "PROTOCOL_ERROR"},
		"window":            {AppendWindowUpdate(AppendSettings(nil), 0, MaxWindow), "FLOW_CONTROL_ERROR"},
		"stream window":     {AppendWindowUpdate(AppendSettings(nil), 1, MaxWindow), "1: reset http2: window too large (FLOW_CONTROL_ERROR)"},
		"initial window":    {AppendSettings(AppendWindowUpdate(AppendSettings(nil), 1, MaxWindow-65535), Setting{SettingInitialWindowSize, 65536}), "FLOW_CONTROL_ERROR"},
		"too much data":     {append(head(false, ":status", "200"), many(5, func(b []byte) []byte { return AppendData(b, 1, make([]byte, 16384), false) })...), "FLOW_CONTROL_ERROR"},
		"pings":             {many(500, func(b []byte) []byte { return AppendPing(b, [8]byte{}, false) }), "ENHANCE_YOUR_CALM"},
		"settings":          {many(500, func(b []byte) []byte { return AppendSettings(b) }), "ENHANCE_YOUR_CALM"},
		"going away":        {many(500, func(b []byte) []byte { return AppendGoAway(b, 100, NoError, "") }), "ENHANCE_YOUR_CALM"},
		"empty data":        {append(head(false, ":status", "200"), many(500, func(b []byte) []byte { return AppendData(b, 1, nil, false) })...), "ENHANCE_YOUR_CALM"},
		"interims": {func() []byte {
			c := answers()
			for range 500 {
				c.headers(1, false, ":status", "103")
			}
			return c.out
		}(), "ENHANCE_YOUR_CALM"},
		"unknown frames": {many(500, func(b []byte) []byte { return AppendHeader(b, Header{Type: 0x55}) }), "ENHANCE_YOUR_CALM"},
		"continuations":  {append(AppendHeader(AppendSettings(nil), Header{Type: TypeHeaders, Stream: 1}), many(9, func(b []byte) []byte { return AppendHeader(b, Header{Type: TypeContinuation, Stream: 1}) })[9:]...), "ENHANCE_YOUR_CALM"},
		"a bomb": {func() []byte {
			c := answers()
			p := []string{":status", "200"}
			for range 50 {
				p = append(p, "x", strings.Repeat("y", 900))
			}
			c.headers(1, true, p...)
			return c.out
		}(), "1: reset http2: header too large (ENHANCE_YOUR_CALM)"},
		"not HPACK":               {AppendHeaders(AppendSettings(nil), 1, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, true, 100), "COMPRESSION_ERROR"},
		"no status":               {head(true, "a", "b"), "1: reset http2: malformed status (PROTOCOL_ERROR)"},
		"101":                     {head(false, ":status", "101"), "malformed status"},
		"status of letters":       {head(true, ":status", "2x0"), "malformed status"},
		"a request":               {head(true, ":method", "GET"), "unknown pseudo-header"},
		"interim with the end":    {head(true, ":status", "100"), "malformed interim"},
		"connection field":        {head(true, ":status", "200", "connection", "x"), "connection-specific"},
		"upper case":              {head(true, ":status", "200", "A", "x"), "lower case"},
		"smuggled line":           {head(true, ":status", "200", "a", "x\r\nb: c"), "control characters"},
		"two lengths":             {head(false, ":status", "200", "content-length", "1", "content-length", "1"), "content-length"},
		"length without content":  {head(true, ":status", "200", "content-length", "1"), "no content"},
		"shorter than its length": {AppendData(head(false, ":status", "200", "content-length", "5"), 1, []byte("x"), true), "does not match"},
		"content of 204":          {AppendData(head(false, ":status", "204"), 1, []byte("x"), true), "does not match"},
		"two heads": {func() []byte {
			c := answers()
			c.headers(1, false, ":status", "200")
			c.headers(1, false, ":status", "200")
			return c.out
		}(), "1: reset"},
		"data before the head": {AppendData(AppendSettings(nil), 1, []byte("x"), false), "1: reset http2: DATA before the head of the response (PROTOCOL_ERROR)"},
		"reset of an idle one": {AppendRSTStream(plain(), 9, Cancel), "PROTOCOL_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsker()
			a.hold = true
			a.ask("GET", true)
			_, err := a.feed(test.in)
			got := a.log.String()
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if n := len(a.c.Out); n > 20000 {
				t.Errorf("%d bytes of output", n)
			}
		})
	}
}

// What comes on a stream that was reset is bounded by the window that it had.
func TestClientDataAfterReset(t *testing.T) {
	a := newAsker()
	s := a.ask("GET", true)
	if _, err := a.feed(answers().out); err != nil {
		t.Fatal(err)
	}
	s.Reset(Cancel)
	var err error
	frames := 0
	for ; err == nil && frames < 100; frames++ {
		_, err = a.feed(AppendData(nil, 1, make([]byte, 10000), false))
	}
	if frames != 7 || err == nil {
		t.Errorf("%d frames of 10000 bytes were taken: %v", frames-1, err)
	}
}

// The server's limit of streams is kept, and so is ours; numbers end.
func TestClientRoom(t *testing.T) {
	a := newAsker()
	if n := a.c.Room(); n != firstStreams {
		t.Errorf("room for %d before the settings", n)
	}
	a.feed(AppendSettings(nil, Setting{SettingMaxConcurrentStreams, 2}))
	s := a.ask("GET", true)
	a.ask("GET", true)
	if n := a.c.Room(); n != 0 {
		t.Errorf("room for %d more", n)
	}
	s.Reset(Cancel)
	if n := a.c.Room(); n != 1 {
		t.Errorf("room for %d after a reset", n)
	}
	a.feed(AppendSettings(nil, Setting{SettingMaxConcurrentStreams, 0}))
	if n := a.c.Room(); n != 0 {
		t.Errorf("room for %d where none is allowed", n)
	}
	a.c.last = maxStream
	if !a.c.Spent() {
		t.Error("numbers do not end")
	}
}

// The window of the server is kept, however it changes.
func TestClientSends(t *testing.T) {
	a := newAsker()
	a.feed(AppendSettings(nil, Setting{SettingInitialWindowSize, 10}))
	s := a.ask("POST", false)
	a.c.Out = nil
	s.Want()
	s.Write([]byte("0123456789abcdef"), false, nil)
	if s.Queued() != 6 {
		t.Errorf("%d wait", s.Queued())
	}
	a.feed(AppendSettings(nil, Setting{SettingInitialWindowSize, 12}))
	if s.Queued() != 4 {
		t.Errorf("%d wait after a change of the settings", s.Queued())
	}
	a.feed(AppendWindowUpdate(nil, 1, 100))
	if s.Queued() != 0 || !strings.Contains(a.log.String(), "1: ready") {
		t.Errorf("%d wait, %s", s.Queued(), a.log.String())
	}
}

// FuzzClientConn looks for panics, and for output that grows with nothing.
func FuzzClientConn(f *testing.F) {
	c := answers()
	c.headers(1, false, ":status", "200")
	c.out = AppendData(c.out, 1, []byte("x"), true)
	c.headers(3, false, ":status", "103")
	c.out = AppendGoAway(AppendRSTStream(AppendPing(c.out, [8]byte{}, false), 3, Cancel), 1, NoError, "")
	f.Add(c.out)
	f.Add(AppendWindowUpdate(AppendSettings(nil, Setting{SettingInitialWindowSize, 5}), 1, 7))
	f.Fuzz(func(t *testing.T, in []byte) {
		a := newAsker()
		a.ask("GET", true)
		s := a.ask("POST", false)
		s.Write(make([]byte, 1000), false, nil)
		a.ask("HEAD", true)
		a.c.SetNow(start.Add(time.Second))
		rest, err := a.feed(in)
		if err == nil && len(rest) >= HeaderLen+testLimits.FrameSize {
			t.Fatalf("%d bytes are kept", len(rest))
		}
		if len(a.c.Out) > 20000+len(in) {
			t.Fatalf("%d bytes of output for %d", len(a.c.Out), len(in))
		}
	})
}
