// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// shouter is an Encoder that makes capital letters, holds back up to hold bytes, marks a flush by | and the end by a dot.
type shouter struct {
	hold      int
	held      []byte
	discarded int
	closed    int
}

func (s *shouter) Encode(dst, p []byte) []byte {
	if s.held = append(s.held, bytes.ToUpper(p)...); len(s.held) > s.hold {
		dst = append(dst, s.held...)
		s.held = s.held[:0]
	}
	return dst
}

func (s *shouter) Flush(dst []byte) []byte {
	dst = append(append(dst, s.held...), '|')
	s.held = s.held[:0]
	return dst
}

func (s *shouter) Close(dst []byte) []byte {
	s.closed++
	dst = append(append(dst, s.held...), '.')
	s.held = s.held[:0]
	return dst
}

func (s *shouter) Discard() { s.discarded++ }

// shoutThrough wraps a resource. lengths gets what choose was told.
func shoutThrough(s *shouter, inner web.Resource, lengths *[]int64) web.Resource {
	return web.LeafFunc(func(r *web.Request) {
		r.Encode(func(r *web.Request, length int64) web.Encoder {
			if lengths != nil {
				*lengths = append(*lengths, length)
			}
			r.ResponseHeader().Set("Content-Encoding", "shout")
			return s
		})
		web.Dispatch(inner, r)
	})
}

func dechunk(t *testing.T, s string) string {
	t.Helper()
	b, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(s)))
	if err != nil {
		t.Errorf("%v in the chunks of %q", err, s)
	}
	return string(b)
}

const getHead = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"

func TestEncodeWhole(t *testing.T) {
	var lengths []int64
	inner := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("ETag", `"x"`)
		r.ResponseHeader().Set("Content-Length", "5")
		r.ResponseHeader().Set("Accept-Ranges", "bytes")
		io.WriteString(r, "hello")
	})
	var s shouter
	got, _ := exchange(t, shoutThrough(&s, inner, &lengths), get)
	if body(got) != "HELLO." || header(got, "Content-Length") != "6" || header(got, "Content-Encoding") != "shout" || header(got, "ETag") != `W/"x"` ||
		header(got, "Accept-Ranges") != "" || len(lengths) != 1 || lengths[0] != 5 || s.closed != 1 || s.discarded != 0 {
		t.Errorf("got %q, lengths %v, %+v", got, lengths, s)
	}
	head, _ := exchange(t, shoutThrough(new(shouter), inner, &lengths), getHead)
	if h, _, _ := strings.Cut(got, "\r\n\r\n"); head != h+"\r\n\r\n" {
		t.Errorf("HEAD: got %q, want the header of %q", head, got)
	}
}

func TestEncodeHeadWithoutBody(t *testing.T) {
	for length, want := range map[string]int64{"5": 5, "": -1} {
		var lengths []int64
		var s shouter
		got, _ := exchange(t, shoutThrough(&s, web.Func(func(r *web.Request) {
			if length != "" {
				r.ResponseHeader().Set("Content-Length", length)
			}
		}), &lengths), getHead+getHead)
		if n := strings.Count(got, "Content-Encoding: shout\r\n"); n != 2 || strings.Contains(got, "Content-Length") || lengths[0] != want || s.discarded != 2 || s.closed != 0 {
			t.Errorf("length %q: got %q, lengths %v, %+v", length, got, lengths, s)
		}
	}
}

func TestEncodeNever(t *testing.T) {
	for _, code := range []int{204, 205, 206, 304} {
		var s shouter
		got, _ := exchange(t, shoutThrough(&s, web.Func(func(r *web.Request) {
			r.SetStatus(code)
			if code == 206 {
				io.WriteString(r, "part")
			}
		}), nil), get)
		if code == 206 && body(got) != "part" || code != 206 && body(got) != "" || s.discarded != 1 {
			t.Errorf("%d: got %q, %+v", code, got, s)
		}
	}
}

func TestEncodeErrorsAreNotCoded(t *testing.T) {
	for name, f := range map[string]func(r *web.Request){
		"header": func(r *web.Request) { r.ResponseHeader().Set("X", "a\r\nb") },
		"length": func(r *web.Request) { r.ResponseHeader().Set("Content-Length", "3"); io.WriteString(r, "hello") },
	} {
		var s shouter
		got, _ := exchange(t, shoutThrough(&s, web.Func(f), nil), get)
		if status(got) != "500 Internal Server Error" || header(got, "Content-Encoding") != "" || !strings.HasSuffix(got, "</html>\n") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestEncodeStreams(t *testing.T) {
	long := strings.Repeat("abc", 5000)
	for name, f := range map[string]func(r *web.Request){
		"one write":    func(r *web.Request) { io.WriteString(r, long) },
		"two":          func(r *web.Request) { io.WriteString(r, long[:5000]); io.WriteString(r, long[5000:]) },
		"with length":  func(r *web.Request) { r.ResponseHeader().Set("Content-Length", "15000"); io.WriteString(r, long) },
		"many":         func(r *web.Request) { r.Write([]byte(long[:7])); r.Flush(); r.Write([]byte(long[7:])) },
		"small pieces": func(r *web.Request) { r.Stream(inPieces(long, 10)) },
		"large pieces": func(r *web.Request) { r.Stream(inPieces(long, 9999)) },
		"later": func(r *web.Request) {
			r.NotDoneYet()
			r.Loop().CallLater(0, func() { io.WriteString(r, long); r.Finish() })
		},
	} {
		for _, hold := range []int{0, 100, 1 << 20} {
			s := &shouter{hold: hold}
			tr, _ := serve(t, shoutThrough(s, web.Func(f), nil), web.Config{})
			tr.FeedString(get + get)
			for range 4000 {
				tr.Clock.Advance(0)
			}
			first, second, _ := strings.Cut(tr.Value()[1:], "HTTP/1.1 ")
			for _, got := range []string{first, second} {
				if plain := strings.ReplaceAll(dechunk(t, body(got)), "|", ""); plain != strings.ToUpper(long)+"." {
					t.Errorf("%s, hold %d: got %d bytes: %.300q", name, hold, len(plain), got)
				}
			}
			if s.closed != 2 || s.discarded != 0 {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

// inPieces yields s in pieces of n bytes.
func inPieces(s string, n int) func(yield func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		for len(s) > 0 {
			k := min(n, len(s))
			if !yield([]byte(s[:k]), nil) {
				return
			}
			s = s[k:]
		}
	}
}

// A resource that pauses has said something: the client sees it though the encoder would rather wait.
func TestEncodeFlushesWhenTheResourcePauses(t *testing.T) {
	var r *web.Request
	tr, _ := serve(t, shoutThrough(&shouter{hold: 1 << 20}, web.Func(func(req *web.Request) {
		r = req
		r.NotDoneYet()
		io.WriteString(r, "one")
		io.WriteString(r, "two")
	}), nil), web.Config{})
	tr.FeedString(get)
	tr.Clock.Advance(0)
	if b := body(tr.Value()); b != "7\r\nONETWO|\r\n" {
		t.Fatalf("after Render: %q", b)
	}
	tr.Clear()
	io.WriteString(r, "three")
	io.WriteString(r, "four")
	tr.Clock.Advance(0)
	if got := tr.Take(); got != "a\r\nTHREEFOUR|\r\n" {
		t.Errorf("after two writes: %q", got)
	}
	io.WriteString(r, "five")
	r.Flush()
	if got := tr.Take(); got != "5\r\nFIVE|\r\n" {
		t.Errorf("after Flush: %q", got)
	}
	f := new(feeder)
	r.RegisterProducer(f, protocol.PushProducer)
	io.WriteString(r, "six")
	tr.Clock.Advance(0)
	if got := tr.Take(); got != "" {
		t.Errorf("a push producer is flushed at once: %q", got)
	}
	tr.Clock.Advance(5 * time.Millisecond)
	if got := tr.Take(); got != "4\r\nSIX|\r\n" {
		t.Errorf("after a while: %q", got)
	}
	r.UnregisterProducer()
	io.WriteString(r, "seven")
	r.Finish()
	tr.Clock.Advance(time.Second)
	if got := tr.Take(); got != "6\r\nSEVEN.\r\n0\r\n\r\n" {
		t.Errorf("at the end: %q", got)
	}
}

func TestEncodeLengthIsHeld(t *testing.T) {
	var tooMuch error
	tr, _ := serve(t, shoutThrough(new(shouter), web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "3")
		r.Flush()
		r.Write([]byte("ab"))
		_, tooMuch = r.Write([]byte("cd"))
	}), nil), web.Config{Logger: quiet})
	tr.FeedString(get)
	settle(tr)
	if !errors.Is(tooMuch, web.ErrContentLength) || !tr.Aborted() {
		t.Errorf("got %v, aborted %v", tooMuch, tr.Aborted())
	}
}

func TestEncodeHandler(t *testing.T) {
	tr, _ := serve(t, shoutThrough(&shouter{hold: 1 << 20}, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		http.NewResponseController(w).Flush()
		io.WriteString(w, "two")
	})), nil), web.Config{})
	tr.FeedString(get)
	until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), "0\r\n\r\n") })
	if got := dechunk(t, body(tr.Value())); got != "ONE|TWO." {
		t.Errorf("got %q", got)
	}
}

func TestEncodeChain(t *testing.T) {
	first, second := &shouter{hold: 4}, &shouter{hold: 2}
	got, _ := exchange(t, shoutThrough(first, shoutThrough(second, hello, nil), nil), get)
	if body(got) != "HELLO.." || first.closed != 1 || second.closed != 1 {
		t.Errorf("got %q", got)
	}
}

func TestEncodeDiscardsWhatIsCutOff(t *testing.T) {
	s := new(shouter)
	tr, _ := serve(t, shoutThrough(s, web.Func(func(r *web.Request) { r.Stream(inPieces(strings.Repeat("x", 1<<20), 4096)) }), nil), web.Config{})
	tr.Stalled = true
	tr.FeedString(get)
	tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	tr.Clock.Advance(time.Second)
	if s.discarded != 1 || s.closed != 0 {
		t.Errorf("%+v", s)
	}
}

// threadTransport is a StringTransport on a loop with threads.
type threadTransport struct{ *protocoltest.StringTransport }

func (t threadTransport) Loop() protocol.Loop { return threadLoop{t.Clock} }

type threadLoop struct{ *protocoltest.Clock }

func (threadLoop) CallInThread(f func()) { go f() } // ended by the turn of the clock that waits for what f posts

// onThreadLoop gives p the transport t.
type onThreadLoop struct {
	protocol.Protocol
	t threadTransport
}

func (p onThreadLoop) ConnectionMade(protocol.Transport) { p.Protocol.ConnectionMade(p.t) }
func (p onThreadLoop) DataReceived(_ protocol.Transport, b []byte) {
	p.Protocol.DataReceived(p.t, b)
}
func (p onThreadLoop) ConnectionLost(_ protocol.Transport, err error) {
	p.Protocol.ConnectionLost(p.t, err)
}

func serveOnThreads(root web.Resource) *protocoltest.StringTransport {
	p, _ := web.NewSite(root, web.Config{Logger: quiet}).BuildProtocol(nil)
	tr := protocoltest.NewStringTransport()
	tr.Connect(onThreadLoop{p, threadTransport{tr}})
	return tr
}

// Large pieces are coded in a thread, and everything keeps its order behind them.
func TestEncodeLargePieces(t *testing.T) {
	large := strings.Repeat("abcd", 1<<17) // 512 KiB
	for name, f := range map[string]func(r *web.Request){
		"returned": func(r *web.Request) {
			io.WriteString(r, "1")
			io.WriteString(r, large)
			io.WriteString(r, "2")
			io.WriteString(r, large)
		},
		"finished": func(r *web.Request) {
			r.NotDoneYet()
			io.WriteString(r, "1"+large)
			r.Flush()
			io.WriteString(r, "2"+large)
			r.Finish()
			if _, err := io.WriteString(r, "3"); !errors.Is(err, web.ErrFinished) {
				t.Errorf("after Finish: %v", err)
			}
		},
		"pulled": func(r *web.Request) { r.Stream(inPieces("1"+large+"2"+large, 100000)) },
	} {
		s := &shouter{hold: 1000}
		tr := serveOnThreads(shoutThrough(s, web.Func(f), nil))
		tr.FeedString(get)
		until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), "\r\n0\r\n\r\n") })
		want := strings.ToUpper("1" + large + "2" + large + ".")
		if got := strings.ReplaceAll(dechunk(t, body(tr.Value())), "|", ""); got != want {
			t.Errorf("%s: %d bytes, want %d", name, len(got), len(want))
		}
		if s.closed != 1 || s.discarded != 0 {
			t.Errorf("%s: %d closed, %d discarded", name, s.closed, s.discarded)
		}
	}
}

// A push producer rests while a thread is busy.
func TestEncodePausesPushProducers(t *testing.T) {
	var r *web.Request
	f := new(feeder)
	tr := serveOnThreads(shoutThrough(new(shouter), web.Func(func(req *web.Request) {
		r = req
		r.RegisterProducer(f, protocol.PushProducer)
		r.Write(make([]byte, 100000))
	}), nil))
	tr.FeedString(get)
	if strings.Join(f.log, " ") != "pause" {
		t.Fatalf("got %q", f.log)
	}
	until(t, tr, func() bool { return len(f.log) > 1 })
	if strings.Join(f.log, " ") != "pause resume" {
		t.Errorf("got %q", f.log)
	}
	r.UnregisterProducer()
	r.Finish()
}

// What waits for a thread is bounded.
func TestEncodeQueueIsBounded(t *testing.T) {
	s := new(shouter)
	tr := serveOnThreads(shoutThrough(s, web.Func(func(r *web.Request) {
		for range 6 {
			r.Write(make([]byte, 4<<20))
		}
	}), nil))
	tr.FeedString(get)
	until(t, tr, func() bool { return tr.Aborted() && s.discarded == 1 })
}

// explodingEncoder is an Encoder that panics.
type explodingEncoder struct{ shouter }

func (*explodingEncoder) Encode(_, _ []byte) []byte { panic("explodingEncoder") }

func TestEncoderPanics(t *testing.T) {
	for name, size := range map[string]int{"on the loop": 10, "in a thread": 100000} {
		b := new(explodingEncoder)
		tr := serveOnThreads(web.LeafFunc(func(r *web.Request) {
			r.Encode(func(*web.Request, int64) web.Encoder { return b })
			r.NotDoneYet()
			r.Flush()
			r.Write(make([]byte, size))
		}))
		tr.FeedString(get)
		until(t, tr, func() bool { return tr.Disconnected() })
		if b.discarded != 1 {
			t.Errorf("%s: %d discarded", name, b.discarded)
		}
	}
}
