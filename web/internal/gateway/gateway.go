// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// A Wire is the format of the requests on one connection. Its functions append to dst.
type Wire interface {
	Begin(dst []byte, vars []cgienv.Var, keep bool) []byte
	Body(dst, p []byte) []byte
	BodyEnd(dst []byte) []byte
	Abort(dst []byte) []byte
	// Decode takes input apart, and reports whether the answer is complete. An error with a method HTTPStatus() int tells how it is to be answered.
	Decode(in []byte, s Sink) (done bool, err error)
	// EOF tells whether the end of the connection is a good end of the answer.
	EOF() error
}

// A Sink gets what an answer is made of. Slices are lent until return.
type Sink interface {
	Stdout(p []byte)
	Stderr(p []byte)
	Exit(code int)
}

// Timeouts bounds how long a program can hold a request. Zero fields mean their defaults, negative ones no limit.
type Timeouts struct {
	Connect time.Duration // 0 means 10 s
	First   time.Duration // for the first byte of the answer, from the last byte of the request on; 0 means 60 s
	Between time.Duration // between two pieces of the answer, while the client reads, or of the request; 0 means 60 s
	Total   time.Duration // for the whole; 0 means no limit
	Idle    time.Duration // of a connection that is kept; 0 means 30 s
}

// A Config holds the options of a Gateway.
type Config struct {
	Name      string // of the package, for the log
	Wire      func() Wire
	Timeouts  Timeouts
	MaxActive int // requests at a time; beyond it 503; 0 means 1024
	KeepIdle  int // connections that are kept for each loop; 0 means none
	MaxHeader int // bytes of the answer's header block; 0 means 65536
	Logger    *slog.Logger
	// Local answers local redirects; nil has the client redirected.
	Local web.Resource
}

// Stats counts what a gateway has done.
type Stats struct {
	Requests int64 // that were passed on
	Active   int64 // at this moment
	Failed   int64 // answered with 502, or cut off, because of the program
	TimedOut int64 // answered with 504, or cut off, because of a time limit
	Refused  int64 // answered with 503 because of MaxActive
}

// A Gateway passes requests on.
type Gateway struct {
	cfg                                         Config
	requests, active, failed, timedOut, refused atomic.Int64

	mu    sync.Mutex
	pools map[protocol.Loop]*pool // guarded by mu
}

// New returns a Gateway with the defaults filled in.
func New(cfg Config) *Gateway {
	t := &cfg.Timeouts
	t.Connect = cmp.Or(t.Connect, 10*time.Second)
	t.First = cmp.Or(t.First, 60*time.Second)
	t.Between = cmp.Or(t.Between, 60*time.Second)
	t.Idle = cmp.Or(t.Idle, 30*time.Second)
	cfg.MaxActive = cmp.Or(max(cfg.MaxActive, 0), 1024)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Gateway{cfg: cfg, pools: make(map[protocol.Loop]*pool)}
}

// Stats returns the counters.
func (g *Gateway) Stats() Stats {
	return Stats{
		Requests: g.requests.Load(), Active: g.active.Load(), Failed: g.failed.Load(), TimedOut: g.timedOut.Load(), Refused: g.refused.Load(),
	}
}

// admit counts a request in, or answers it with 503 because there are too many.
func (g *Gateway) admit(r *web.Request) bool {
	if g.active.Add(1) <= int64(g.cfg.MaxActive) {
		g.requests.Add(1)
		return true
	}
	g.active.Add(-1)
	if g.refused.Add(1) == 1 {
		g.cfg.Logger.Warn(g.cfg.Name+": too many requests at a time: the first that is refused", "limit", g.cfg.MaxActive)
	}
	r.ResponseHeader().Set("Retry-After", "1")
	r.Error(503, "")
	return false
}

// A Call is one request for Serve.
type Call struct {
	Client endpoint.Client
	Vars   []cgienv.Var
	Upload *cgienv.Upload
	// Done is called once, when the program is done with the request or its connection is closed. May be nil.
	Done func(outcome Outcome)
}

// An Outcome is how a Call ended.
type Outcome struct {
	Err      error // nil for a whole answer
	TimedOut bool  // because of Timeouts.Total, First or Between
	Began    bool  // the program was connected to
}

// Serve passes r on. Loop only.
func (g *Gateway) Serve(r *web.Request, call Call) {
	if !g.admit(r) {
		if call.Done != nil {
			call.Done(Outcome{})
		}
		return
	}
	newExchange(g, r, call).start()
}

// pool returns the connections that are kept for a loop.
func (g *Gateway) pool(loop protocol.Loop) *pool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pools[loop]
	if p == nil {
		p = &pool{g: g}
		g.pools[loop] = p
	}
	return p
}

// Close closes the connections that are kept. Safe from any goroutine.
func (g *Gateway) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for loop, p := range g.pools {
		loop.CallFromThread(p.close)
	}
}

// A pool holds the idle connections of one loop, the latest last.
type pool struct {
	g    *Gateway
	idle []*conn
}

func (p *pool) take() *conn {
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	c.expiry.Cancel()
	return c
}

// put keeps c and reports whether it did.
func (p *pool) put(c *conn) bool {
	if len(p.idle) >= p.g.cfg.KeepIdle || c.lost {
		return false
	}
	p.idle = append(p.idle, c)
	c.idle(p.g.cfg.Timeouts.Idle)
	return true
}

func (p *pool) remove(c *conn) {
	for i, x := range p.idle {
		if x == c {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			c.expiry.Cancel()
			return
		}
	}
}

func (p *pool) close() {
	for c := p.take(); c != nil; c = p.take() {
		c.t.LoseConnection()
	}
}
