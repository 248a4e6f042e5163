// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

// Package load is the load generators of the benchmarks.
//
// A generator keeps one thread busy with a bare epoll loop (TLS handshakes alone use goroutines), so that it takes less time for an operation than the
// servers that it measures. It allocates nothing for a message. It verifies every byte that comes back; the first wrong, missing or surplus one, and an answer
// that does not come in time, end the measurement with an error. Operations count when they are complete and verified.
package load

import (
	"fmt"
	"net/netip"
	"time"
)

// A Config is what all generators have in common.
type Config struct {
	Addr      netip.AddrPort                // of the server
	ServerCPU func() (time.Duration, error) // reads the CPU time that the server has used; nil: not measured
	Warmup    time.Duration                 // load that is not measured, before
	Length    time.Duration                 // of the measured interval
	Spin      bool                          // poll without sleeping, for a client that has a CPU of its own
	Patience  time.Duration                 // an answer that takes longer is an error; 0 is 10 seconds
	Source    netip.Addr                    // the client's own address, from which further ones are counted up; none: the system's choice
}

func (c Config) patience() time.Duration {
	if c.Patience > 0 {
		return c.Patience
	}
	return 10 * time.Second
}

// A Result is what a generator saw in the measured interval.
type Result struct {
	Ops        int64         // operations that were finished and verified
	Bytes      int64         // bytes that came back and were verified
	Took       time.Duration // the interval, between two readings of the server's CPU clock
	ServerCPU  time.Duration // CPU time of the server in it
	ClientBusy float64       // share of the interval in which the client had work
	Lost       int64         // UDP datagrams that did not come back in time and were sent again
	Latency    Histogram
}

// check refuses an interval in which nothing happened.
func (r *Result) check() error {
	if r.Ops == 0 {
		return fmt.Errorf("%w in %v", ErrNothing, r.Took)
	}
	return nil
}

// readCPU reads the server's CPU clock.
func (c Config) readCPU() (time.Duration, error) {
	if c.ServerCPU == nil {
		return 0, nil
	}
	return c.ServerCPU()
}

// A Load keeps a server busy and measures it.
type Load interface{ Run(Config) (Result, error) }
