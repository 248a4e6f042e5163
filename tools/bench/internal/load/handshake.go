// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Handshake is a load of TLS connections: each is made, does a full handshake, sends one message of Size bytes, waits for its echo, and is closed. A
// connection is an operation. The cryptography of a client takes as long as the server's, so it runs on goroutines.
type Handshake struct {
	Conns int // under way at a time
	Size  int
	TLS   *tls.Config
}

// Run loads the server of cfg.
func (h Handshake) Run(cfg Config) (Result, error) {
	g := &handshakes{load: h, cfg: cfg, pattern: newPattern(h.Size)}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel(nil)
	for i := range h.Conns {
		workers.Go(func() {
			for n := i; ctx.Err() == nil; n += h.Conns {
				if err := g.one(ctx, n); err != nil {
					cancel(err)
				}
			}
		})
	}
	if err := wait(ctx, cfg.Warmup); err != nil {
		return Result{}, err
	}
	cpu, err := cfg.readCPU()
	if err != nil {
		return Result{}, err
	}
	own, start := ownCPU(), time.Now()
	g.begin()
	if err := wait(ctx, cfg.Length); err != nil {
		return Result{}, err
	}
	after, err := cfg.readCPU()
	if err != nil {
		return Result{}, err
	}
	res := g.end()
	res.Took, res.ServerCPU = time.Since(start), after-cpu
	res.ClientBusy = min(float64(ownCPU()-own)/float64(res.Took), 1)
	return res, res.check()
}

// wait returns the reason when ctx ends before d is over.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

type handshakes struct {
	load    Handshake
	cfg     Config
	pattern *pattern

	mu  sync.Mutex // guards the rest
	on  bool
	res Result
}

func (g *handshakes) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.on = true
}

func (g *handshakes) end() Result {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.on = false
	return g.res
}

// one makes connection n.
func (g *handshakes) one(ctx context.Context, n int) error {
	began := time.Now()
	dialer := net.Dialer{KeepAlive: -1}
	if src := g.cfg.source(n); src.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: src.AsSlice()}
	}
	raw, err := dialer.DialContext(ctx, "tcp", g.cfg.Addr.String())
	if err != nil {
		return err
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	if err := raw.SetDeadline(began.Add(g.cfg.patience())); err != nil {
		return err
	}
	c := tls.Client(raw, g.load.TLS)
	if err := g.exchange(c, start(n)); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return errLate
		}
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.on {
		g.res.Ops++
		g.res.Bytes += int64(g.load.Size)
		g.res.Latency.Record(time.Since(began))
	}
	return nil
}

func (g *handshakes) exchange(c *tls.Conn, at int) error {
	if err := c.Handshake(); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	if c.ConnectionState().DidResume {
		return errors.New("the server resumed a session: the handshake was not a full one")
	}
	if _, err := c.Write(g.pattern.at(at, g.load.Size)); err != nil {
		return err
	}
	answer := make([]byte, g.load.Size+1)
	got := 0
	for got < g.load.Size {
		n, err := c.Read(answer[got:])
		if err == io.EOF || err == io.ErrUnexpectedEOF || errors.Is(err, unix.ECONNRESET) {
			return errClosed
		}
		if err != nil {
			return err
		}
		got += n
	}
	switch {
	case got > g.load.Size:
		return errSurplus
	case !g.pattern.match(at, answer[:got]):
		return errWrong
	}
	return c.CloseWrite()
}
