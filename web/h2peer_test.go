// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
	"golang.org/x/net/http2/hpack"
)

// h2peer is the client of an HTTP/2 connection to a site, over a memory transport. It sends what the test says and notes what comes.
type h2peer struct {
	t     testing.TB
	tr    *protocoltest.StringTransport
	site  *web.Site
	out   []byte // not fed yet
	block bytes.Buffer
	enc   *hpack.Encoder
	dec   *hpack.Decoder
	seen  int // bytes of what was written

	answers map[uint32]*h2answer
	order   []uint32 // of the DATA frames
	frames  []string // others than HEADERS and DATA
	goaway  []string
}

// h2answer is what came on a stream.
type h2answer struct {
	interim []string // statuses
	header  string   // lines
	status  string
	body    string
	trailer string
	ended   bool
	reset   string // the code
}

// String returns what can be read of it.
func (a *h2answer) String() string {
	return fmt.Sprintf("%q, status %s, %q, %d bytes %.100q, trailer %q, ended %v, reset %s", a.interim, a.status, a.header, len(a.body), a.body, a.trailer, a.ended, a.reset)
}

func newH2peer(t testing.TB, root web.Resource, config web.Config) *h2peer {
	t.Helper()
	tr, site := serve(t, root, config)
	return h2peerOn(t, tr, site)
}

func h2peerOn(t testing.TB, tr *protocoltest.StringTransport, site *web.Site, settings ...h2.Setting) *h2peer {
	p := &h2peer{t: t, tr: tr, site: site, answers: make(map[uint32]*h2answer)}
	p.enc = hpack.NewEncoder(&p.block)
	p.dec = hpack.NewDecoder(4096, nil)
	p.out = h2.AppendSettingsAck(h2.AppendSettings([]byte(h2.Preface), settings...))
	return p
}

// headers sends a HEADERS frame with the pairs behind those of a request with that method and path.
func (p *h2peer) headers(stream uint32, end bool, method, path string, pairs ...string) {
	p.fields(stream, end, append([]string{":method", method, ":scheme", "http", ":path", path, ":authority", "a.example"}, pairs...)...)
}

func (p *h2peer) fields(stream uint32, end bool, pairs ...string) {
	p.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		p.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	p.out = h2.AppendHeaders(p.out, stream, p.block.Bytes(), end, h2.MinFrameSize)
}

func (p *h2peer) get(stream uint32, path string, pairs ...string) {
	p.headers(stream, true, "GET", path, pairs...)
}

func (p *h2peer) data(stream uint32, s string, end bool) {
	p.out = h2.AppendData(p.out, stream, []byte(s), end)
}

func (p *h2peer) window(stream uint32, n int) { p.out = h2.AppendWindowUpdate(p.out, stream, n) }

func (p *h2peer) rst(stream uint32, code h2.Code) { p.out = h2.AppendRSTStream(p.out, stream, code) }

// run feeds what was said, turns the loop, and reads the answers.
func (p *h2peer) run() {
	p.t.Helper()
	out := p.out
	p.out = nil
	if len(out) > 0 {
		p.tr.Feed(out)
	}
	settle(p.tr)
	p.read()
}

func (p *h2peer) answer(stream uint32) *h2answer {
	if p.answers[stream] == nil {
		p.answers[stream] = new(h2answer)
	}
	return p.answers[stream]
}

func (p *h2peer) read() {
	p.t.Helper()
	b := []byte(p.tr.Value())[p.seen:]
	for {
		h, payload, n, err := h2.ParseFrame(b, h2.MinFrameSize)
		if err != nil {
			p.t.Fatal(err)
		}
		if n == 0 {
			return
		}
		b = b[n:]
		p.seen += n
		a := p.answers[h.Stream]
		if h.Type == h2.TypeHeaders || h.Type == h2.TypeData {
			a = p.answer(h.Stream)
		}
		switch h.Type {
		case h2.TypeHeaders:
			if !h.Flags.Has(h2.FlagEndHeaders) {
				p.t.Fatal("the test does not read CONTINUATION")
			}
			fields, err := p.dec.DecodeFull(payload)
			if err != nil {
				p.t.Fatal(err)
			}
			a.fields(fields)
			a.ended = h.Flags.Has(h2.FlagEndStream)
		case h2.TypeData:
			p.order = append(p.order, h.Stream)
			a.body += string(payload)
			a.ended = h.Flags.Has(h2.FlagEndStream)
		case h2.TypeRSTStream:
			code, _ := h2.ParseRSTStream(h, payload)
			p.answer(h.Stream).reset = code.String()
		case h2.TypeGoAway:
			last, code, _ := h2.ParseGoAway(h, payload)
			p.goaway = append(p.goaway, fmt.Sprintf("%d %v %s", last, code, payload[8:]))
		default:
			p.frames = append(p.frames, fmt.Sprintf("type %d flags %d stream %d %q", h.Type, h.Flags, h.Stream, payload))
		}
	}
}

func (a *h2answer) fields(fields []hpack.HeaderField) {
	if len(fields) == 0 || fields[0].Name != ":status" {
		for _, f := range fields {
			a.trailer += f.Name + ": " + f.Value + "\n"
		}
		return
	}
	lines := ""
	for _, f := range fields[1:] {
		lines += f.Name + ": " + f.Value + "\n"
	}
	if status := fields[0].Value; strings.HasPrefix(status, "1") {
		a.interim = append(a.interim, status+"\n"+lines)
	} else {
		a.status, a.header = status, lines
	}
}

// field returns a field of the answer, or "".
func (a *h2answer) field(name string) string {
	for line := range strings.Lines(a.header) {
		if k, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok && k == name {
			return v
		}
	}
	return ""
}

// h2get returns the answer to one GET on a fresh connection.
func h2get(t testing.TB, root web.Resource, path string, pairs ...string) *h2answer {
	t.Helper()
	p := newH2peer(t, root, web.Config{})
	p.get(1, path, pairs...)
	p.run()
	return p.answer(1)
}
