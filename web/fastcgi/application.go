// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fastcgi

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/fcgi"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

// A Config holds the options of an [Application]. Its zero value means the defaults that the fields name.
type Config struct {
	// Root is the directory of the scripts. "" means that the application needs no file, unless Script names one.
	Root string
	// Script is the file that runs whatever the path is, as the application sees it.
	Script string
	// Extension is what the names of scripts end with; "" means ".php". Only with Root, like the next two.
	Extension string
	// Index is the script for a path that ends with a slash; "" means "index" and Extension.
	Index string
	// Remote means that Root is on another machine: scripts are not looked for here, and the application has to refuse what is none (PHP: cgi.fix_pathinfo=0).
	Remote bool
	// Params returns variables that are added, or take the place of others, for one request. Loop only. nil means none.
	Params func(r *web.Request) map[string]string
	// Timeouts bounds how long the application can hold a request.
	Timeouts Timeouts
	// MaxRequests bounds the requests at a time, beyond which the answer is 503; 0 means 1024.
	MaxRequests int
	// KeepConnections is how many idle connections each loop keeps. 0 means none: a kept connection occupies one of the application's processes.
	KeepConnections int
	// MaxBody bounds the body of a request in bytes; 0 means the site's Limits.Body; beyond it 413.
	MaxBody int64
	// MaxGather bounds the body of a chunked request, in bytes, which is gathered because applications have to know its length; 0 means 1 MiB; beyond it 411.
	MaxGather int
	// MaxHeader bounds the header of an answer in bytes; 0 means 65536; beyond it 502.
	MaxHeader int
	// Local answers redirects of the application to other paths of the server: a Location that is a path, and nothing else. It is most often the root of the site. nil has the client
	// redirected.
	Local web.Resource
	// Dial makes the client of the application for a loop, in place of the endpoint string.
	Dial func(loop protocol.Loop) (endpoint.Client, error)
	// Logger is told of failures and of what the application says on its standard error: at most 100 lines of 4096 bytes for a request. nil means slog.Default.
	Logger *slog.Logger
}

// Timeouts bounds how long an application can hold a request. Zero fields mean their defaults; negative times mean no limit.
type Timeouts struct {
	Connect time.Duration // for a connection; 0 means 10 s
	First   time.Duration // for the first byte of the answer, from the last of the request on; 0 means 60 s
	Between time.Duration // between two pieces of the answer while the client reads; 0 means 60 s
	Total   time.Duration // for all of it; 0 means no limit
	Idle    time.Duration // of a connection that is kept; 0 means 30 s
}

// Stats counts what an application's requests have come to.
type Stats struct {
	Requests int64 // passed on
	Active   int64 // at this moment
	Failed   int64 // answered with 502, or cut off
	TimedOut int64 // answered with 504, or cut off
	Refused  int64 // answered with 503
}

// An Application is a Leaf that passes requests to a FastCGI application. Safe from any goroutine.
type Application struct {
	cfg  Config
	dial gateway.Dialer
	g    *gateway.Gateway
}

// New returns an Application at a client endpoint, such as "unix:/run/php/php-fpm.sock" or "tcp:127.0.0.1:9000". It connects when there are requests. The error is that of a
// malformed endpoint string.
func New(address string, cfg Config) (*Application, error) {
	if cfg.Dial == nil {
		if _, err := endpoint.ParseDescription(address); err != nil {
			return nil, fmt.Errorf("fastcgi: %w", err)
		}
	}
	if cfg.Extension == "" {
		cfg.Extension = ".php"
	}
	if cfg.Index == "" {
		cfg.Index = "index" + cfg.Extension
	}
	return &Application{
		cfg:  cfg,
		dial: gateway.Dialer{Address: address, Dial: cfg.Dial},
		g: gateway.New(gateway.Config{
			Name: "fastcgi", Wire: func() gateway.Wire { return new(fcgi.Wire) }, Timeouts: gateway.Timeouts(cfg.Timeouts),
			MaxActive: cfg.MaxRequests, KeepIdle: cfg.KeepConnections, MaxHeader: cfg.MaxHeader, Logger: cfg.Logger, Local: cfg.Local,
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
	if a.cfg.Root == "" || a.cfg.Script != "" {
		a.pass(r, a.cfg.Script)
		return
	}
	a.find(r)
}

// pass has the application answer, by the file if there is one.
func (a *Application) pass(r *web.Request, file string) {
	cgienv.ReadUpload(r, a.cfg.MaxGather, func(u *cgienv.Upload) {
		vars, err := cgienv.Variables(r, cgienv.Options{DocumentRoot: a.cfg.Root, Length: u.Length})
		if err != nil {
			r.Error(400, "")
			return
		}
		if file != "" {
			vars = append(vars, cgienv.Var{Name: "SCRIPT_FILENAME", Value: file}, cgienv.Var{Name: "REDIRECT_STATUS", Value: "200"}) // the second is PHP's proof that it is not called directly
		}
		if a.cfg.Params != nil {
			vars = cgienv.With(vars, a.cfg.Params(r))
		}
		client, err := a.dial.Client(r.Loop())
		if err != nil {
			a.logger().Error("fastcgi: no client", "error", err)
			r.Error(502, "")
			return
		}
		a.g.Serve(r, gateway.Call{Client: client, Vars: vars, Upload: u})
	})
}

func (a *Application) logger() *slog.Logger {
	if a.cfg.Logger != nil {
		return a.cfg.Logger
	}
	return slog.Default()
}

// Stats returns the counters.
func (a *Application) Stats() Stats { return Stats(a.g.Stats()) }

// Close closes the connections that are kept and not in use. The application can be used on.
func (a *Application) Close() { a.g.Close() }

var _ web.Leaf = (*Application)(nil)
