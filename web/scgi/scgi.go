// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scgi

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

// A Config holds the options of an [Application]. Its zero value means the defaults that the fields name.
type Config struct {
	// Params returns variables that are added, or take the place of others, for one request. Loop only. nil means none.
	Params func(r *web.Request) map[string]string
	// Timeouts bounds how long the application can hold a request.
	Timeouts Timeouts
	// MaxRequests bounds the requests at a time, beyond which the answer is 503; 0 means 1024.
	MaxRequests int
	// MaxBody bounds the body of a request in bytes; 0 means the site's Limits.Body; beyond it 413.
	MaxBody int64
	// MaxGather bounds the body of a chunked request, in bytes, which is gathered because SCGI has to know its length; 0 means 1 MiB; beyond it 411.
	MaxGather int
	// MaxHeader bounds the header of an answer in bytes; 0 means 65536; beyond it 502.
	MaxHeader int
	// Local answers redirects of the application to other paths of the server: a Location that is a path, and nothing else. It is most often the root of the site. nil has the client
	// redirected.
	Local web.Resource
	// Dial makes the client of the application for a loop, in place of the endpoint string.
	Dial func(loop protocol.Loop) (endpoint.Client, error)
	// Logger is told of failures; nil means slog.Default.
	Logger *slog.Logger
}

// Timeouts bounds how long an application can hold a request. Zero fields mean their defaults; negative times mean no limit.
type Timeouts struct {
	Connect time.Duration // for a connection; 0 means 10 s
	First   time.Duration // for the first byte of the answer, from the last of the request on; 0 means 60 s
	Between time.Duration // between two pieces of the answer while the client reads; 0 means 60 s
	Total   time.Duration // for all of it; 0 means no limit
}

// Stats counts what an application's requests have come to.
type Stats struct {
	Requests int64 // passed on
	Active   int64 // at this moment
	Failed   int64 // answered with 502, or cut off
	TimedOut int64 // answered with 504, or cut off
	Refused  int64 // answered with 503
}

// An Application is a Leaf that passes requests to an SCGI application. Safe from any goroutine.
type Application struct {
	cfg  Config
	dial gateway.Dialer
	g    *gateway.Gateway
}

// New returns an Application at a client endpoint, such as "unix:/run/app.sock" or "tcp:127.0.0.1:4000". It connects when there are requests. The error is that of a
// malformed endpoint string.
func New(address string, cfg Config) (*Application, error) {
	if cfg.Dial == nil {
		if _, err := endpoint.ParseDescription(address); err != nil {
			return nil, fmt.Errorf("scgi: %w", err)
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	t := cfg.Timeouts
	return &Application{
		cfg:  cfg,
		dial: gateway.Dialer{Address: address, Dial: cfg.Dial},
		g: gateway.New(gateway.Config{
			Name: "scgi", Wire: func() gateway.Wire { return wire{} }, MaxActive: cfg.MaxRequests, MaxHeader: cfg.MaxHeader, Logger: cfg.Logger, Local: cfg.Local,
			Timeouts: gateway.Timeouts{Connect: t.Connect, First: t.First, Between: t.Between, Total: t.Total},
		}),
	}, nil
}

// IsLeaf returns true.
func (a *Application) IsLeaf() bool { return true }

// Render passes r on.
func (a *Application) Render(r *web.Request) {
	if a.cfg.MaxBody > 0 {
		r.SetMaxBody(a.cfg.MaxBody)
	}
	cgienv.ReadUpload(r, a.cfg.MaxGather, func(u *cgienv.Upload) {
		vars, err := cgienv.Variables(r, cgienv.Options{Length: u.Length})
		if err != nil {
			r.Error(400, "")
			return
		}
		if a.cfg.Params != nil {
			vars = cgienv.With(vars, a.cfg.Params(r))
		}
		client, err := a.dial.Client(r.Loop())
		if err != nil {
			a.cfg.Logger.Error("scgi: no client", "error", err)
			r.Error(502, "")
			return
		}
		a.g.Serve(r, gateway.Call{Client: client, Vars: vars, Upload: u})
	})
}

// Stats returns the counters.
func (a *Application) Stats() Stats { return Stats(a.g.Stats()) }

// wire is the format: a netstring of variables, then the body, then the answer until the end of the connection.
type wire struct{}

func (wire) Begin(dst []byte, vars []cgienv.Var, _ bool) []byte {
	length := "0" // which stands first, also without a body
	var b []byte
	for _, v := range vars {
		if v.Name == "CONTENT_LENGTH" {
			length = cmp.Or(v.Value, length)
			continue
		}
		b = append(append(append(append(b, v.Name...), 0), v.Value...), 0)
	}
	head := "CONTENT_LENGTH\x00" + length + "\x00SCGI\x001\x00"
	return fmt.Appendf(dst, "%d:%s%s,", len(head)+len(b), head, b)
}

func (wire) Body(dst, p []byte) []byte { return append(dst, p...) }

func (wire) BodyEnd(dst []byte) []byte { return dst }

func (wire) Abort(dst []byte) []byte { return dst }

func (wire) Decode(in []byte, s gateway.Sink) (bool, error) {
	s.Stdout(in)
	return false, nil
}

func (wire) EOF() error { return nil }

var _ web.Leaf = (*Application)(nil)
