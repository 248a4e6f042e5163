// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
	"golang.org/x/net/http2/hpack"
)

// newServer2 has a pool with prior knowledge of HTTP/2.
func newServer2(t *testing.T, cfg exchange.Config) *server {
	cfg.HTTP2 = exchange.HTTP2Only
	return newServer(t, cfg)
}

// frames makes those of a server.
type frames struct {
	out   []byte
	block strings.Builder
	enc   *hpack.Encoder
}

func newFrames(settings ...h2.Setting) *frames {
	f := &frames{out: h2.AppendSettings(nil, settings...)}
	f.enc = hpack.NewEncoder(&f.block)
	return f
}

func (f *frames) headers(stream uint32, end bool, pairs ...string) *frames {
	f.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		f.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	f.out = h2.AppendHeaders(f.out, stream, []byte(f.block.String()), end, h2.MinFrameSize)
	return f
}

func (f *frames) data(stream uint32, s string, end bool) *frames {
	f.out = h2.AppendData(f.out, stream, []byte(s), end)
	return f
}

func (f *frames) rst(stream uint32, code h2.Code) *frames {
	f.out = h2.AppendRSTStream(f.out, stream, code)
	return f
}

// settled has a first exchange done, after which the settings of f are known.
func (s *server) settled(f *frames) {
	s.t.Helper()
	l := s.do(exchange.Request{})
	f.headers(1, true, ":status", "204").to(s, 0)
	if l.over != 1 || l.err != nil {
		s.t.Fatal(l.err)
	}
}

// to sends them, and turns the loop.
func (f *frames) to(s *server, conn int) {
	out := f.out
	f.out = nil
	s.conns[conn].Feed(out)
	s.settle()
}

// sent tells the frames that the client has written since: type, stream, and what can be read of them.
func sent(t *testing.T, tr *protocoltest.StringTransport, dec *hpack.Decoder) string {
	t.Helper()
	b := []byte(strings.TrimPrefix(tr.Take(), h2.Preface))
	var log strings.Builder
	for len(b) > 0 {
		h, p, n, err := h2.ParseFrame(b, h2.MinFrameSize)
		if err != nil || n == 0 {
			t.Fatalf("malformed output: %v, %q", err, b)
		}
		b = b[n:]
		switch h.Type {
		case h2.TypeHeaders:
			fields, err := dec.DecodeFull(p)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&log, "HEADERS %d", h.Stream)
			for _, f := range fields {
				fmt.Fprintf(&log, " %s=%s", f.Name, f.Value)
			}
			log.WriteString(map[bool]string{true: " END;", false: ";"}[h.Flags.Has(h2.FlagEndStream)])
		case h2.TypeData:
			fmt.Fprintf(&log, "DATA %d %.20q%s;", h.Stream, p, map[bool]string{true: " END"}[h.Flags.Has(h2.FlagEndStream)])
		case h2.TypeRSTStream:
			code, _ := h2.ParseRSTStream(h, p)
			fmt.Fprintf(&log, "RST %d %v;", h.Stream, code)
		case h2.TypeGoAway:
			_, code, _ := h2.ParseGoAway(h, p)
			fmt.Fprintf(&log, "GOAWAY %v;", code)
		case h2.TypePing:
			log.WriteString("PING;")
		}
	}
	return log.String()
}

func TestH2ExchangesShareAConnection(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	f := newFrames()
	s.settled(f)
	a := s.do(exchange.Request{Target: "/a", Fields: []h1.Field{{Name: "X-Y", Value: " z "}, {Name: "Connection", Value: "x"}, {Name: "Upgrade", Value: "h2c"}, {Name: "Host", Value: "evil"}}, Trailers: true})
	b := s.do(exchange.Request{Method: "POST", Target: "/b", Length: 4, Content: []byte("body")})
	dec := hpack.NewDecoder(4096, nil)
	want := "HEADERS 3 :method=GET :scheme=http :authority=a :path=/a x-y=z te=trailers END;HEADERS 5 :method=POST :scheme=http :authority=a :path=/b content-length=4;DATA 5 \"body\" END;"
	if got := sent(t, s.conns[0], dec); !strings.HasSuffix(got, want) || len(s.conns) != 1 {
		t.Fatalf("sent %s, on %d connections", got, len(s.conns))
	}
	f.headers(5, false, ":status", "103", "link", "x").headers(5, false, ":status", "200", "content-length", "3").data(5, "bbb", true)
	f.headers(3, false, ":status", "200").data(3, "aa", false).to(s, 0)
	if b.String() != "(103)200[bbb]" || b.err != nil || b.over != 1 || a.String() != "200[aa|" {
		t.Errorf("got %q %v, %q", b.String(), b.err, a.String())
	}
	f.headers(3, true, "sum", "7").to(s, 0)
	if a.String() != "200[aa|]" || a.err != nil || fmt.Sprint(a.x.Trailer) != "[{sum 7}]" {
		t.Errorf("got %q %v %v", a.String(), a.err, a.x.Trailer)
	}
	s.clock.Advance(61 * time.Second)
	if s.settle(); !s.conns[0].Disconnected() || s.pool.Open() != 0 {
		t.Error("the idle connection stays")
	}
	if got := sent(t, s.conns[0], dec); !strings.HasSuffix(got, "GOAWAY NO_ERROR;") {
		t.Errorf("at the end: %s", got)
	}
}

// The server's limit of streams is kept: others wait, or get another connection.
func TestH2StreamLimit(t *testing.T) {
	for conns, want := range map[int]int{1: 1, 2: 2} {
		s := newServer2(t, exchange.Config{MaxConns: conns})
		a := s.do(exchange.Request{})
		f := newFrames(h2.Setting{ID: h2.SettingMaxConcurrentStreams, Value: 1})
		f.to(s, 0)
		b := s.do(exchange.Request{})
		if len(s.conns) != want || b.x.Started() != (conns == 2) {
			t.Errorf("%d connections of %d", len(s.conns), conns)
		}
		f.headers(1, true, ":status", "204").to(s, 0)
		if conns == 1 {
			f.headers(3, true, ":status", "204").to(s, 0)
		}
		if conns == 1 && (a.String() != "204[]" || b.String() != "204[]") {
			t.Errorf("got %q, %q", a.String(), b.String())
		}
	}
}

// Cancel resets the stream; the connection and the others stay.
func TestH2Cancel(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	f := newFrames()
	s.settled(f)
	a, b := s.do(exchange.Request{}), s.do(exchange.Request{})
	dec := hpack.NewDecoder(4096, nil)
	sent(t, s.conns[0], dec)
	a.x.Cancel()
	s.settle()
	if got := sent(t, s.conns[0], dec); got != "RST 3 CANCEL;" || !errors.Is(a.err, exchange.ErrCancelled) || a.phase() != "sent" {
		t.Errorf("sent %s, %v", got, a.err)
	}
	f.headers(3, false, ":status", "200").data(3, "late", true).headers(5, true, ":status", "204").to(s, 0)
	if a.String() != "]" || b.String() != "204[]" {
		t.Errorf("got %q, %q", a.String(), b.String())
	}
}

// What the server did not look at is sent again, whatever the method; what it may have looked at is not.
func TestH2SentAgain(t *testing.T) {
	post := exchange.Request{Method: "POST", Length: 1, Content: []byte("x")}
	for name, test := range map[string]struct {
		do    func(s *server, f *frames)
		again bool
	}{
		"refused":     {func(s *server, f *frames) { f.rst(1, h2.RefusedStream).to(s, 0) }, true},
		"not seen":    {func(s *server, f *frames) { f.out = h2.AppendGoAway(f.out, 0, h2.NoError, ""); f.to(s, 0) }, true},
		"reset":       {func(s *server, f *frames) { f.rst(1, h2.InternalError).to(s, 0) }, false},
		"lost":        {func(s *server, f *frames) { s.conns[0].Lose(protocol.Lost(io.ErrUnexpectedEOF)); s.settle() }, false},
		"head, reset": {func(s *server, f *frames) { f.headers(1, false, ":status", "200").rst(1, h2.RefusedStream).to(s, 0) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer2(t, exchange.Config{})
			l := s.do(post)
			test.do(s, newFrames())
			if again := l.err == nil && l.x.Retried(); again != test.again {
				t.Fatalf("again %v, %v", again, l.err)
			}
			if !test.again {
				return
			}
			conn, stream := len(s.conns)-1, uint32(1)
			f := newFrames()
			if conn == 0 {
				f, stream = &frames{}, 3
				f.enc = hpack.NewEncoder(&f.block)
			}
			f.headers(stream, true, ":status", "204").to(s, conn)
			if l.String() != "204[]" {
				t.Errorf("got %q, %v, %d connections", l.String(), l.err, len(s.conns))
			}
		})
	}
}

// A response that nobody wants waits within the stream's window, and holds no other up.
func TestH2Pause(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	f := newFrames()
	s.settled(f)
	a, b := s.do(exchange.Request{}), s.do(exchange.Request{})
	a.onHead = func(*h1.ResponseHead) { a.x.Pause() }
	f.headers(3, false, ":status", "200").data(3, "aa", true).headers(5, false, ":status", "200").data(5, "bb", true).to(s, 0)
	if a.String() != "200[|" || b.String() != "200[bb]" || a.over != 0 {
		t.Errorf("got %q, %q", a.String(), b.String())
	}
	a.x.Resume()
	s.settle()
	if a.String() != "200[|aa]" || a.err != nil {
		t.Errorf("got %q, %v", a.String(), a.err)
	}
}

// The windows hold the producer of a request's body back.
func TestH2Upload(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	l := s.do(exchange.Request{Method: "POST", Length: -1})
	f := newFrames()
	f.to(s, 0)
	p := &feeder{x: l.x}
	l.x.RegisterProducer(p, protocol.PushProducer)
	l.x.Write(make([]byte, 100000))
	if !p.paused {
		t.Error("a full window does not pause the producer")
	}
	f.out = h2.AppendWindowUpdate(h2.AppendWindowUpdate(nil, 0, 1<<20), 1, 1<<20)
	f.to(s, 0)
	if p.paused {
		t.Error("the producer is not resumed")
	}
	l.x.UnregisterProducer()
	l.x.Finish([]h1.Field{{Name: "Sum", Value: "1"}})
	if got := sent(t, s.conns[0], hpack.NewDecoder(4096, nil)); !strings.HasSuffix(got, "HEADERS 1 sum=1 END;") {
		t.Errorf("sent %s", got)
	}
	f.headers(1, true, ":status", "204").to(s, 0)
	if l.String() != "204[]" {
		t.Errorf("got %q, %v", l.String(), l.err)
	}
}

type feeder struct {
	x      *exchange.Exchange
	paused bool
}

func (f *feeder) Pause()     { f.paused = true }
func (f *feeder) Resume()    { f.paused = false }
func (f *feeder) Stop(error) {}

// Silence is noticed: by PING where the connection is dead, by the limit of the exchange where only the answer is late.
func TestH2Silence(t *testing.T) {
	s := newServer2(t, exchange.Config{Response: 20 * time.Second})
	a := s.do(exchange.Request{})
	newFrames().to(s, 0)
	s.clock.Advance(21 * time.Second)
	s.settle()
	if a.phase() != "sent" || !strings.Contains(fmt.Sprint(a.err), "does not answer") || s.conns[0].Disconnected() {
		t.Errorf("got %v", a.err)
	}
	s = newServer2(t, exchange.Config{Response: time.Hour, Between: time.Hour})
	a = s.do(exchange.Request{Method: "POST", Content: []byte{}})
	newFrames().to(s, 0)
	s.clock.Advance(31 * time.Second)
	s.clock.Advance(16 * time.Second)
	s.settle()
	if !strings.Contains(fmt.Sprint(a.err), "PING") || !s.conns[0].Disconnected() {
		t.Errorf("got %v", a.err)
	}
}

// A header that is larger than what the server takes fails at once, and costs neither the connection nor the table (class 9). Settings may come at any time.
func TestH2HeaderList(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	f := newFrames()
	s.settled(f)
	dec := hpack.NewDecoder(4096, nil)
	sent(t, s.conns[0], dec)
	long := exchange.Request{Fields: []h1.Field{{Name: "X", Value: strings.Repeat("x", 1000)}}}
	before := s.do(long)
	size := 0
	for _, p := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}, {"x", strings.Repeat("x", 1000)}} {
		size += len(p[0]) + len(p[1]) + 32
	}

	f.out = h2.AppendSettings(nil, h2.Setting{ID: h2.SettingMaxHeaderListSize, Value: uint32(size - 1)})
	f.headers(3, true, ":status", "204").to(s, 0)
	if before.err != nil {
		t.Error(before.err)
	}
	sent(t, s.conns[0], dec)
	l := s.do(long)
	s.settle()
	if !errors.Is(l.err, exchange.ErrHeaderTooLarge) || l.phase() != "request" || s.conns[0].Value() != "" {
		t.Errorf("%v, sent %q", l.err, s.conns[0].Value())
	}
	f.out = h2.AppendSettings(nil, h2.Setting{ID: h2.SettingMaxHeaderListSize, Value: uint32(size)}, h2.Setting{ID: h2.SettingHeaderTableSize})
	f.to(s, 0)
	sent(t, s.conns[0], dec)
	l = s.do(long)
	if got := sent(t, s.conns[0], dec); !strings.HasPrefix(got, "HEADERS 5 :method=GET :scheme=http :authority=a :path=/ x=xxx") { // with a table of size 0 by now
		t.Errorf("sent %.80s", got)
	}
	f.headers(5, true, ":status", "204").to(s, 0)
	if l.String() != "204[]" || l.err != nil {
		t.Errorf("%q %v", l, l.err)
	}
}

// The first exchange of all may be an Upgrade, of a pool that keeps no connections: it waits for the settings on the one that was made for it.
func TestH2UpgradeFirst(t *testing.T) {
	for _, cfg := range []exchange.Config{{MaxIdle: -1}, {Group: &exchange.Group{Max: 5}}} {
		s := newServer2(t, cfg)
		l := s.do(exchange.Request{Upgrade: "echo", Fresh: true})
		s.settle()
		newFrames(h2.Setting{ID: h2.SettingEnableConnectProtocol, Value: 1}).to(s, 0)
		if len(s.conns) != 1 || !l.x.Started() {
			t.Fatalf("%d connections, started %v, %v", len(s.conns), l.x.Started(), l.err)
		}
		l.x.Cancel()
		s.settle()
	}
}

// Extended CONNECT gives the stream away (RFC 8441), if the server takes it.
func TestH2Upgrade(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	l := s.do(exchange.Request{Upgrade: "websocket", Target: "/chat", Fields: []h1.Field{{Name: "Sec-WebSocket-Key", Value: "k"}, {Name: "Sec-WebSocket-Version", Value: "13"}}})
	if l.x.Started() {
		t.Error("begun before the settings")
	}
	got := new(protocoltest.Accumulating)
	l.onHead = func(h *h1.ResponseHead) {
		if !l.x.Upgradable() {
			t.Error("not upgradable")
		}
		if err := l.x.Upgrade(got); err != nil {
			t.Error(err)
		}
	}
	f := newFrames(h2.Setting{ID: h2.SettingEnableConnectProtocol, Value: 1})
	f.to(s, 0)
	dec := hpack.NewDecoder(4096, nil)
	if out := sent(t, s.conns[0], dec); out != "HEADERS 1 :method=CONNECT :protocol=websocket :scheme=http :authority=a :path=/chat sec-websocket-version=13;" {
		t.Fatalf("sent %s", out)
	}
	f.headers(1, false, ":status", "200").data(1, "hello", false).to(s, 0)
	io.WriteString(got.Transport(), "hi")
	got.Transport().LoseConnection()
	f.data(1, "", true).to(s, 0)
	if out := sent(t, s.conns[0], dec); out != "DATA 1 \"hi\";DATA 1 \"\" END;" || string(got.Data()) != "hello" || !errors.Is(got.Reason(), protocol.ErrConnectionDone) || l.over != 0 {
		t.Errorf("sent %s, got %q, %v", out, got.Data(), got.Reason())
	}
	s = newServer2(t, exchange.Config{})
	l = s.do(exchange.Request{Upgrade: "websocket"})
	newFrames().to(s, 0)
	if !errors.Is(l.err, exchange.ErrNoConnect) {
		t.Errorf("got %v", l.err)
	}
}

// A request that cannot be sent leaves the table of fields as it is (class 9).
func TestH2BadRequests(t *testing.T) {
	s := newServer2(t, exchange.Config{})
	for _, r := range []exchange.Request{{Method: "G T"}, {Target: "/a b"}, {Host: "a b"}, {Fields: []h1.Field{{Name: "a b"}}}, {Fields: []h1.Field{{Name: "a", Value: "x\r\ny: z"}}}, {Upgrade: "a b"}} {
		l := s.do(r)
		newer := newFrames(h2.Setting{ID: h2.SettingEnableConnectProtocol, Value: 1})
		if len(s.conns) == 1 {
			newer.to(s, 0)
		}
		s.settle()
		if l.phase() != "request" {
			t.Errorf("%+v: %v", r, l.err)
		}
	}
	if got := sent(t, s.conns[0], hpack.NewDecoder(4096, nil)); got != "" {
		t.Errorf("sent %s", got)
	}
}

// The pool and our own server, over a pair in memory.
func TestH2WithSite(t *testing.T) {
	clock := protocoltest.NewClock()
	echo := web.NewSite(web.Func(func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) { r.Write(b); r.WriteString(r.Path); r.Finish() })
	}), web.Config{})
	var near, far *protocoltest.StringTransport
	pool := exchange.NewPool(clock, endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		near, far = protocoltest.NewStringTransport(), protocoltest.NewStringTransport()
		near.Clock, far.Clock = clock, clock
		c, _ := f.BuildProtocol(nil)
		p, _ := echo.BuildProtocol(nil)
		far.Connect(p)
		near.Connect(c)
		return deferred.SucceedOn(clock, c)
	}), exchange.Config{HTTP2: exchange.HTTP2Only})
	var logs []*log
	for i := range 20 {
		l := new(log)
		l.x = &exchange.Exchange{Request: exchange.Request{Method: "POST", Target: fmt.Sprint("/", i), Host: "a", Length: 50000, Content: make([]byte, 50000)}, Handler: l}
		pool.Do(l.x)
		logs = append(logs, l)
	}
	for range 100 {
		if out := near.Take(); out != "" {
			far.FeedString(out)
		}
		clock.Advance(0)
		if out := far.Take(); out != "" {
			near.FeedString(out)
		}
		clock.Advance(0)
	}
	for i, l := range logs {
		got := strings.ReplaceAll(l.String(), "|", "")
		if want := "200[" + string(make([]byte, 50000)) + fmt.Sprint("/", i) + "]"; got != want || l.err != nil {
			t.Errorf("%d: %d bytes, %v", i, len(got), l.err)
		}
	}
}

// A body that is there as a whole may take its time in the windows of the server, as long as some of it goes.
func TestH2SlowWindows(t *testing.T) {
	s := newServer2(t, exchange.Config{Response: time.Minute})
	l := s.do(exchange.Request{Method: "POST", Length: 200000, Content: make([]byte, 200000)})
	f := newFrames()
	f.to(s, 0)
	for range 10 {
		s.clock.Advance(40 * time.Second)
		f.out = h2.AppendWindowUpdate(h2.AppendWindowUpdate(h2.AppendPing(f.out, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true), 0, 1000), 1, 1000)
		f.to(s, 0)
	}
	if l.over != 0 {
		t.Fatalf("it ended while it went on: %v", l.err)
	}
	for range 10 {
		s.clock.Advance(20 * time.Second)
		f.out = h2.AppendPing(f.out, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true)
		f.to(s, 0)
	}
	if l.over != 1 || !errors.Is(l.err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, %d times over", l.err, l.over)
	}
}

// A stream that is reset shows that the connection lives: the request is not sent again, as it is when a kept connection turns out to be dead.
func TestH2ResetIsNoLoss(t *testing.T) {
	for name, lose := range map[string]func(s *server, f *frames){
		"reset": func(s *server, f *frames) { f.rst(3, h2.InternalError).to(s, 0) },
		"lost":  func(s *server, f *frames) { s.conns[0].Lose(protocol.Lost(io.ErrUnexpectedEOF)); s.settle() },
	} {
		s := newServer2(t, exchange.Config{})
		f := newFrames()
		s.settled(f)
		l := s.do(exchange.Request{})
		lose(s, f)
		if again := l.x.Retried(); again != (name == "lost") || len(s.conns) != 1+map[bool]int{true: 1}[again] {
			t.Errorf("%s: again %v, %d connections, %v", name, again, len(s.conns), l.err)
		}
	}
}

// A request is given up while the handshake is under way, for which its endpoint does not wait: the connection is cut.
func TestH2CancelInHandshake(t *testing.T) {
	layer, err := tlswrap.NewClient(tlswrap.Options{Config: &tls.Config{ServerName: "a"}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	clock := protocoltest.NewClock()
	raw := protocoltest.NewStringTransport()
	raw.Clock = clock
	e := &endpoint.TLSClient{Layer: layer, Inner: endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		p, err := f.BuildProtocol(nil)
		if err != nil {
			t.Fatal(err)
		}
		raw.Connect(p)
		return deferred.SucceedOn(clock, p)
	})}
	s := &server{t: t, clock: clock, pool: exchange.NewPool(clock, e, exchange.Config{HTTP2: exchange.HTTP2Auto})}
	l := s.do(exchange.Request{})
	if s.settle(); raw.Value() == "" || l.over != 0 || s.pool.Open() != 1 {
		t.Fatalf("no handshake: %v", l.err)
	}
	l.x.Cancel()
	s.settle()
	if l.over != 1 || l.phase() != "connect" || !errors.Is(l.err, exchange.ErrCancelled) || s.pool.Open() != 0 || !raw.Disconnected() || len(clock.Calls()) != 0 {
		t.Errorf("%v, %d times, %d open, %d calls", l.err, l.over, s.pool.Open(), len(clock.Calls()))
	}
}
