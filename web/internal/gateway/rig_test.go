// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/fcgi"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

const backend = "127.0.0.1:9000"

// A rig is a site in front of a FastCGI application, all in memory: the test is client and application.
type rig struct {
	*reactortest.Memory
	t    *testing.T
	g    *gateway.Gateway
	log  *bytes.Buffer
	done []gateway.Outcome
	site web.Resource // the one in front
}

func newRig(t *testing.T, cfg gateway.Config) *rig {
	t.Helper()
	x := &rig{Memory: reactortest.NewMemory(t), t: t, log: new(bytes.Buffer)}
	cfg.Name = "test"
	if cfg.Wire == nil {
		cfg.Wire = func() gateway.Wire { return new(fcgi.Wire) }
	}
	cfg.Logger = slog.New(slog.NewTextHandler(x.log, nil))
	x.g = gateway.New(cfg)
	dialer := gateway.Dialer{Address: "tcp:" + backend}
	x.site = web.LeafFunc(func(r *web.Request) {
		client, err := dialer.Client(r.Loop())
		if err != nil {
			t.Error(err)
			return
		}
		cgienv.ReadUpload(r, 10, func(u *cgienv.Upload) {
			vars, err := cgienv.Variables(r, cgienv.Options{Length: u.Length})
			if err != nil {
				t.Error(err)
			}
			x.g.Serve(r, gateway.Call{Client: client, Vars: vars, Upload: u, Done: func(o gateway.Outcome) { x.done = append(x.done, o) }})
		})
	})
	site := web.NewSite(x.site, web.Config{Logger: slog.New(slog.DiscardHandler)})
	if _, err := x.ListenTCP("127.0.0.1:80", site, reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	return x
}

var _ endpoint.Reactor = (*reactortest.Memory)(nil)

// send makes a client that sends text.
func (x *rig) send(text string) *reactortest.Peer {
	x.t.Helper()
	p := x.Dial("127.0.0.1:80")
	if p == nil {
		x.t.Fatal("the site does not listen")
	}
	x.Settle()
	p.Write([]byte(text))
	x.Settle()
	return p
}

// app accepts the connection to the application.
func (x *rig) app() *reactortest.Peer {
	x.t.Helper()
	p := x.Answer(backend)
	if p == nil {
		x.t.Fatal("the application was not connected to")
	}
	x.Settle()
	return p
}

// answer writes an application's records.
func (x *rig) answer(p *reactortest.Peer, records ...[]byte) {
	x.t.Helper()
	b := bytes.Join(records, nil)
	if n, err := p.Write(b); n != len(b) || err != nil {
		x.t.Fatalf("wrote %d of %d bytes: %v", n, len(b), err)
	}
	x.Settle()
}

func stdout(s string) []byte { return fcgi.AppendStream(nil, fcgi.Stdout, 1, []byte(s)) }
func stderr(s string) []byte { return fcgi.AppendStream(nil, fcgi.Stderr, 1, []byte(s)) }

// end is EndRequest with a protocol status.
func end(status byte) []byte {
	return []byte{1, fcgi.EndRequest, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, status, 0, 0, 0}
}

// request is what an application has received.
type request struct {
	types  string // of the records, for the eye
	params string
	stdin  string
}

func decode(t *testing.T, b []byte) (r request) {
	t.Helper()
	var d fcgi.Decoder
	for {
		rec, n, ok, err := d.Next(b)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return r
		}
		b = b[n:]
		if rec.Empty {
			r.types += "-"
		}
		r.types += string('0' + rune(rec.Type))
		switch rec.Type {
		case fcgi.Params:
			r.params += string(rec.Data)
		case fcgi.Stdin:
			r.stdin += string(rec.Data)
		}
	}
}

const get = "GET /a/b?q HTTP/1.1\r\nHost: h\r\n\r\n"

func (x *rig) expect(p *reactortest.Peer, status, contains string) {
	x.t.Helper()
	got := string(p.Received())
	if !strings.HasPrefix(got, "HTTP/1.1 "+status) || !strings.Contains(got, contains) {
		x.t.Errorf("got %q, want %s with %q; log: %s", got, status, contains, x.log)
	}
}
