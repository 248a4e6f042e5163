// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

type flusher interface {
	io.WriteCloser
	Flush() error
}

// coder returns the library's writer for a coding; "raw" is deflate without zlib.
func coder(name string, w io.Writer) flusher {
	switch name {
	case "gzip", "x-gzip":
		return gzip.NewWriter(w)
	case "deflate":
		return zlib.NewWriter(w)
	case "raw":
		f, _ := flate.NewWriter(w, 6)
		return f
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		return z
	}
	panic(name)
}

func coded(name, s string) string {
	var b bytes.Buffer
	w := coder(name, &b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

var codings = []string{"gzip", "deflate", "raw", "br", "zstd"}

// contentCoding is what Content-Encoding says of it.
func contentCoding(name string) string {
	if name == "raw" {
		return "deflate"
	}
	return name
}

// A sink reads a body.
type sink struct {
	resp *Response
	got  bytes.Buffer
	most int // the largest piece
	ends int
	err  error
	on   func()
}

func (s *sink) read() {
	s.resp.StreamBody(func(p []byte) {
		s.got.Write(p)
		s.most = max(s.most, len(p))
		if s.on != nil {
			s.on()
		}
	}, func(err error) {
		s.ends++
		s.err = err
	})
}

// decoded has the pieces decoded; nothing is advanced.
func decoded(t testing.TB, cfg DecoderConfig, encoding string, pieces ...string) (*sink, *fakeStream, *protocoltest.Clock) {
	t.Helper()
	f := newFake(nil)
	in := &fakeStream{clock: f.clock, pieces: pieces}
	f.answer = func(*Request) (*Response, error) {
		resp := reply(200, "Content-Encoding: "+encoding, "Content-Length: 9")
		resp.stream, resp.Length = in, 9
		return resp, nil
	}
	resp, err := result(t, NewDecoderAgent(f, cfg).Do(toSend(t, "GET", "http://a/")))
	if err != nil {
		t.Fatal(err)
	}
	return &sink{resp: resp}, in, f.clock
}

// finish advances the clock until there is nothing to do.
func finish(clock *protocoltest.Clock) {
	for len(clock.Calls()) > 0 {
		clock.Advance(0)
	}
}

func TestDecode(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 5000)
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for _, name := range codings {
		for what, plain := range map[string]string{"text": text, "noise": string(noise), "short": "x", "nothing": ""} {
			s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name), coded(name, plain))
			if s.resp.Length != -1 || s.resp.Header.Len() != 0 {
				t.Errorf("%s: %+v", name, s.resp)
			}
			s.read()
			if s.got.Len() > 0 || s.ends > 0 {
				t.Errorf("%s: read inside StreamBody", name)
			}
			finish(clock)
			if s.got.String() != plain || s.ends != 1 || s.err != nil || in.stopped || in.paused || s.most > decodeChunk {
				t.Errorf("%s, %s: %d bytes, largest %d, %d ends, %v", name, what, s.got.Len(), s.most, s.ends, s.err)
			}
		}
	}
}

func TestDecodeSplits(t *testing.T) {
	for _, name := range codings {
		plain := strings.Repeat("a split text ", 9)
		protocoltest.Splits(t, []byte(coded(name, plain)), func(pieces iter.Seq[[]byte]) string {
			var all []string
			for p := range pieces {
				all = append(all, string(p))
			}
			s, _, clock := decoded(t, DecoderConfig{}, contentCoding(name), all...)
			s.read()
			finish(clock)
			return fmt.Sprint(s.got.String(), s.ends, s.err)
		})
	}
}

func TestDecodeHeader(t *testing.T) {
	for _, tt := range []struct{ listed, codings, left, peeled string }{
		{"gzip", "", "", "gzip"},
		{"X-GZIP", "", "", "gzip"},
		{"identity", "", "identity", ""},
		{"gzip, identity", "", "", "gzip"},
		{"secret, gzip", "", "secret", "gzip"},
		{"gzip, secret", "", "gzip, secret", ""},
		{"gzip, br", "", "", "br gzip"},
		{"gzip, br", "br", "gzip", "br"},
		{"gzip", "br", "gzip", ""},
	} {
		cfg := DecoderConfig{}
		if tt.codings != "" {
			cfg.Codings = strings.Fields(tt.codings)
		}
		body := "as it is"
		if tt.peeled != "" {
			names := strings.Fields(tt.peeled)
			for i := range names {
				body = coded(names[len(names)-1-i], body)
			}
		}
		s, _, clock := decoded(t, cfg, tt.listed, body)
		s.read()
		finish(clock)
		changed := s.resp.Length == -1 && !s.resp.Header.Has("Content-Length")
		if s.resp.Header.Get("Content-Encoding") != tt.left || changed != (tt.peeled != "") || s.got.String() != "as it is" || s.err != nil {
			t.Errorf("%+v: %+v, %q, %v", tt, s.resp, s.got.String(), s.err)
		}
	}
}

func TestDecodeLeavesAlone(t *testing.T) {
	for _, tt := range []struct {
		method string
		status int
	}{{"HEAD", 200}, {"GET", 101}, {"GET", 204}, {"GET", 206}, {"GET", 304}} {
		f := newFake(func(*Request) (*Response, error) {
			resp := reply(tt.status, "Content-Encoding: gzip", "Content-Length: 9")
			resp.Length = 9
			return resp, nil
		})
		resp, err := result(t, NewDecoderAgent(f, DecoderConfig{}).Do(toSend(t, tt.method, "http://a/")))
		if err != nil || resp.Header.Len() != 2 || resp.Length != 9 {
			t.Errorf("%+v: %+v, %v", tt, resp, err)
		}
	}
}

func TestDecodeAccept(t *testing.T) {
	for _, tt := range []struct {
		cfg         DecoderConfig
		field, want string
	}{
		{DecoderConfig{}, "X: 1", "zstd, br, gzip, deflate"},
		{DecoderConfig{Codings: []string{"gzip", "br"}}, "X: 1", "gzip, br"},
		{DecoderConfig{Codings: []string{}}, "X: 1", ""},
		{DecoderConfig{}, "Accept-Encoding: foo", "foo"},
		{DecoderConfig{}, "Range: bytes=0-1", ""},
	} {
		f := newFake(func(*Request) (*Response, error) { return reply(200), nil })
		r := toSend(t, "GET", "http://a/", tt.field)
		if _, err := result(t, NewDecoderAgent(f, tt.cfg).Do(r)); err != nil || f.sent[0].Header.Get("Accept-Encoding") != tt.want || r.Header.Len() != 1 {
			t.Errorf("%+v: %+v, %v", tt, f.sent[0], err)
		}
	}
	defer func() {
		if v := recover(); v != `client: there is no coding "compress"` {
			t.Errorf("panic %v", v)
		}
	}()
	NewDecoderAgent(nil, DecoderConfig{Codings: []string{"compress"}})
}

func TestDecodeErrors(t *testing.T) {
	plain := strings.Repeat("Something longer than nothing. ", 400)
	for _, name := range codings {
		whole := coded(name, plain)
		for what, body := range map[string]string{
			"cut off": whole[:len(whole)-1], "half": whole[:len(whole)/2], "one byte": whole[:1], "garbage": "garbage, no more than that", "more behind": whole + "x",
		} {
			s, _, clock := decoded(t, DecoderConfig{}, contentCoding(name), body)
			s.read()
			finish(clock)
			if s.err == nil || s.ends != 1 {
				t.Errorf("%s, %s: %d ends", name, what, s.ends)
				continue
			}
			e := asError(t, s.err)
			if e.Phase != PhaseResponse || e.Response != s.resp || strings.HasPrefix(plain, s.got.String()) != (what != "garbage" || s.got.Len() == 0) {
				t.Errorf("%s, %s: %v", name, what, e)
			}
			if what == "half" && !errors.Is(e, io.ErrUnexpectedEOF) {
				t.Errorf("%s, %s: %v", name, what, e)
			}
		}
		// The connection is not kept for what follows garbage.
		s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name), "garbage, no more than that", "and more of it", "and more")
		s.read()
		finish(clock)
		if s.ends != 1 || s.err == nil || !in.stopped {
			t.Errorf("%s: %d ends, %v, stopped %v", name, s.ends, s.err, in.stopped)
		}
		// A body that the connection cuts off fails by what the connection says.
		boom := failed(toSend(t, "GET", "http://a/"), PhaseResponse, os.ErrDeadlineExceeded, nil)
		s, in, clock = decoded(t, DecoderConfig{}, contentCoding(name), whole[:len(whole)-1])
		in.fail = boom
		s.read()
		finish(clock)
		if s.err != boom || s.ends != 1 {
			t.Errorf("%s: %v", name, s.err)
		}
	}
}

// What the server flushes is there at once: nothing waits for the rest.
func TestDecodeStreams(t *testing.T) {
	for _, name := range codings {
		var b bytes.Buffer
		w := coder(name, &b)
		s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name))
		in.paused = true // it is fed by hand
		s.read()
		want := ""
		for i := range 5 {
			event := fmt.Sprintf("data: %d\n\n", i)
			want += event
			io.WriteString(w, event)
			w.Flush()
			in.data(b.Bytes())
			b.Reset()
			if s.got.String() != want {
				t.Errorf("%s: after event %d: %q", name, i, s.got.String())
			}
		}
		w.Close()
		in.data(b.Bytes())
		in.end(nil)
		if s.got.String() != want || s.ends != 1 || s.err != nil || len(clock.Calls()) > 1 {
			t.Errorf("%s: %q, %v", name, s.got.String(), s.err)
		}
	}
}

func TestDecodePause(t *testing.T) {
	plain := strings.Repeat("0123456789abcdef", 50_000)
	for _, name := range codings {
		s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name), coded(name, plain), "")
		pieces := 0
		s.on = func() {
			pieces++
			s.resp.PauseBody()
		}
		s.read()
		for i := 0; s.ends == 0 && i < 1000; i++ {
			for range 3 { // nothing comes while it is paused
				clock.Advance(0)
			}
			if pieces != i+1 && s.ends == 0 {
				t.Fatalf("%s: %d pieces after %d resumes", name, pieces, i)
			}
			if in.end != nil && !in.paused {
				t.Fatalf("%s: the server is not held back", name)
			}
			n := s.got.Len()
			s.resp.ResumeBody()
			if s.got.Len() != n {
				t.Fatalf("%s: data inside ResumeBody", name)
			}
		}
		if s.got.String() != plain || s.err != nil || s.ends != 1 {
			t.Errorf("%s: %d bytes, %v", name, s.got.Len(), s.err)
		}
	}
}

// However much a piece unfolds to, the loop has its turns.
func TestDecodeTurns(t *testing.T) {
	for _, name := range codings {
		s, in, clock := decoded(t, DecoderConfig{MaxRatio: -1}, contentCoding(name), coded(name, strings.Repeat("\x00", 8<<20)))
		s.read()
		turns, before := 0, 0
		for len(clock.Calls()) > 0 {
			clock.Advance(0)
			if n := s.got.Len() - before; n > decodeTurn+128<<10 {
				t.Errorf("%s: %d bytes in a turn", name, n)
			}
			before = s.got.Len()
			turns++
		}
		if s.got.Len() != 8<<20 || s.ends != 1 || s.err != nil || turns < 8<<20/(decodeTurn+128<<10) || in.paused {
			t.Errorf("%s: %d bytes in %d turns, %v", name, s.got.Len(), turns, s.err)
		}
	}
}

// Class 14: a zip bomb is refused, by its size or its ratio, before it has unfolded.
func TestDecodeBomb(t *testing.T) {
	for _, name := range codings {
		small := coded(name, strings.Repeat("\x00", 4<<20))
		for what, tt := range map[string]struct {
			cfg DecoderConfig
			ok  bool
		}{
			"ratio":     {DecoderConfig{}, false},
			"size":      {DecoderConfig{MaxRatio: -1, MaxSize: 1 << 20}, false},
			"one short": {DecoderConfig{MaxRatio: -1, MaxSize: 4<<20 - 1}, false},
			"just":      {DecoderConfig{MaxRatio: -1, MaxSize: 4 << 20}, true},
			"allowed":   {DecoderConfig{MaxRatio: 1 << 20}, true},
			"unbounded": {DecoderConfig{MaxRatio: -1, MaxSize: -1}, true},
		} {
			s, _, clock := decoded(t, tt.cfg, contentCoding(name), small)
			s.read()
			finish(clock)
			if errors.Is(s.err, ErrBodyTooLong) == tt.ok || s.ends != 1 || !tt.ok && (s.got.Len() > 4<<20-1 || asError(t, s.err).Phase != PhaseResponse) {
				t.Errorf("%s, %s: %d bytes, %v", name, what, s.got.Len(), s.err)
			}
		}
	}
}

// Class 14, CVE-2023-23916: codings over codings, and what the inner ones make without anything coming out.
func TestDecodeLayers(t *testing.T) {
	body := "in the middle"
	var names []string
	for _, name := range []string{"gzip", "br", "zstd", "gzip", "deflate"} {
		body = coded(name, body)
		names = append(names, name)
	}
	s, _, clock := decoded(t, DecoderConfig{}, strings.Join(names, ", "), body)
	s.read()
	finish(clock)
	if s.got.String() != "in the middle" || s.err != nil {
		t.Errorf("%q, %v", s.got.String(), s.err)
	}
	f := newFake(func(*Request) (*Response, error) {
		return reply(200, "Content-Encoding: "+strings.Join(names, ", "), "Content-Encoding: gzip"), nil
	})
	_, err := result(t, NewDecoderAgent(f, DecoderConfig{}).Do(toSend(t, "GET", "http://a/")))
	if e := asError(t, err); !errors.Is(err, ErrBodyTooLong) || e.Phase != PhaseResponse || !e.Response.stream.(*fakeStream).stopped {
		t.Errorf("six: %v", err)
	}
	// A million empty stored blocks make nothing, but the coding over them makes them of next to nothing.
	empty := strings.Repeat("\x00\x00\x00\xff\xff", 1_000_000)
	s, _, clock = decoded(t, DecoderConfig{}, "deflate, gzip", coded("gzip", empty))
	s.read()
	turns := 0
	for ; len(clock.Calls()) > 0; turns++ {
		clock.Advance(0)
	}
	if !errors.Is(s.err, ErrBodyTooLong) || s.got.Len() > 0 || turns < 4 {
		t.Errorf("empty blocks: %d bytes in %d turns, %v", s.got.Len(), turns, s.err)
	}
}

// RFC 9659: the window of zstd is 8 MiB at most.
func TestDecodeWindow(t *testing.T) {
	plain := strings.Repeat("\x00", 1<<20)
	for size, ok := range map[int]bool{8 << 20: true, 16 << 20: false} {
		var b bytes.Buffer
		w, _ := zstd.NewWriter(&b, zstd.WithWindowSize(size), zstd.WithEncoderConcurrency(1))
		io.WriteString(w, plain)
		w.Flush()
		io.WriteString(w, plain)
		w.Close()
		s, _, clock := decoded(t, DecoderConfig{MaxRatio: -1}, "zstd", b.String())
		s.read()
		finish(clock)
		if (s.err == nil) != ok || s.ends != 1 {
			t.Errorf("window %d: %v", size, s.err)
		}
	}
}

func TestDecodeStop(t *testing.T) {
	leaktest.Check(t)
	plain := strings.Repeat("0123456789abcdef", 50_000)
	for _, name := range codings {
		whole := coded(name, plain)
		// Before it is read, at the first piece, inside the function that gets it, while it waits for input, while it is paused, between turns.
		s, in, _ := decoded(t, DecoderConfig{}, contentCoding(name), whole)
		s.resp.StopBody()
		if !in.stopped {
			t.Errorf("%s: not stopped", name)
		}
		for _, when := range []string{"inside", "input", "paused", "turn"} {
			s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name), whole[:len(whole)/2], whole[len(whole)/2:])
			s.on = func() {
				s.on = nil
				switch when {
				case "inside":
					s.resp.StopBody()
				case "paused":
					s.resp.PauseBody()
				}
			}
			s.read()
			in.paused = when == "input"
			clock.Advance(0)
			if when == "input" {
				in.data([]byte(whole[:20]))
			}
			s.resp.StopBody()
			n := s.got.Len()
			finish(clock)
			if in.end != nil {
				in.end(nil) // what the stream below says in the end is handed on, once
			}
			if !in.stopped || s.got.Len() != n || s.ends > 1 {
				t.Errorf("%s, %s: stopped %v, %d bytes, %d ends", name, when, in.stopped, s.got.Len()-n, s.ends)
			}
		}
		// A connection that is lost while the body is paused keeps nothing.
		s, in, clock := decoded(t, DecoderConfig{}, contentCoding(name), whole)
		s.on = func() { s.resp.PauseBody() }
		s.read()
		clock.Advance(0)
		boom := errors.New("boom")
		in.end(boom)
		if s.err != boom || s.ends != 1 {
			t.Errorf("%s: %v, %d ends", name, s.err, s.ends)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for i, name := range codings {
		f.Add(uint8(i), coded(name, "some text, some text"), uint8(3))
	}
	f.Fuzz(func(t *testing.T, which uint8, body string, cut uint8) {
		name := contentCoding(codings[int(which)%len(codings)])
		at := min(int(cut), len(body))
		s, _, clock := decoded(t, DecoderConfig{MaxSize: 1 << 20}, name, body[:at], body[at:])
		s.read()
		finish(clock)
		if s.ends != 1 || s.got.Len() > 1<<20 {
			t.Errorf("%d ends, %d bytes", s.ends, s.got.Len())
		}
	})
}
