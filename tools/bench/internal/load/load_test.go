// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// loads are the stream generators and the servers that they fit to.
var loads = []struct {
	name  string
	load  Load
	bytes int64 // of an operation
	serve func(*testing.T, fault) *faulty
}{
	{"echo", Echo{Conns: 3, Depth: 1, Size: 64}, 64, plainEcho},
	{"a few active", Echo{Conns: 9, Active: 2, Depth: 1, Size: 64}, 64, plainEcho},
	{"pipelined", Echo{Conns: 2, Depth: 16, Size: 64}, 64, plainEcho},
	{"bulk", Echo{Conns: 1, Depth: 1, Size: 1 << 20}, 1 << 20, bulkEcho},
	{"churn", Churn{Conns: 3, Size: 64}, 64, plainEcho},
	{"TLS 1.3", Echo{Conns: 2, Depth: 2, Size: 64, TLS: ClientTLS(tls.VersionTLS13)}, 64, secureEcho},
	{"TLS 1.2", Echo{Conns: 2, Depth: 1, Size: 64, TLS: ClientTLS(tls.VersionTLS12)}, 64, secureEcho},
	{"handshake", Handshake{Conns: 2, Size: 64, TLS: ClientTLS(tls.VersionTLS13)}, 64, secureEcho},
	{"HTTP", HTTP{Conns: 2, Depth: 1, Body: helloBody}, 0, helloServer},
	{"HTTP pipelined", HTTP{Conns: 2, Depth: 16, Body: helloBody}, 0, helloServer},
	{"HTTP close", HTTP{Conns: 2, Depth: 1, Close: true, Body: helloBody}, 0, helloServer},
	{"HTTP post", HTTP{Conns: 2, Depth: 2, Path: "/x", Post: make([]byte, 10<<10), Body: helloBody}, 0, helloServer},
	{"HTTPS", HTTP{Conns: 2, Depth: 2, Body: helloBody, TLS: ClientTLS(tls.VersionTLS13)}, 0, secureHello},
	{"WebSocket text", WS{Conns: 3, Size: 64, Text: true}, 64, webSocketServer},
	{"WebSocket binary", WS{Conns: 2, Size: 4 << 10}, 4 << 10, webSocketServer},
	{"HTTP/2", H2{Conns: 2, Streams: 1, Body: helloBody}, 0, helloServer2},
	{"HTTP/2, many streams", H2{Conns: 2, Streams: 32, Body: helloBody}, 0, helloServer2},
}

func plainEcho(t *testing.T, f fault) *faulty   { return echoServer(t, f, 64, nil) }
func bulkEcho(t *testing.T, f fault) *faulty    { return piecesServer(t, f) }
func helloServer(t *testing.T, f fault) *faulty { return helloOver(t, f, nil) }
func secureHello(t *testing.T, f fault) *faulty { return helloOver(t, f, serverTLS()) }
func secureEcho(t *testing.T, f fault) *faulty  { return echoServer(t, f, 64, serverTLS()) }

// local is a source of connections.
var local = netip.AddrFrom4([4]byte{127, 0, 0, 100})

func TestGood(t *testing.T) {
	for _, tt := range loads {
		t.Run(tt.name, func(t *testing.T) {
			for _, spin := range []bool{false, true} {
				reads := 0
				cpu := func() (time.Duration, error) { reads++; return time.Duration(reads) * time.Second, nil }
				cfg := Config{Addr: tt.serve(t, good).addr, ServerCPU: cpu, Warmup: 5 * time.Millisecond, Length: 30 * time.Millisecond, Spin: spin, Source: local}
				res, err := tt.load.Run(cfg)
				for errors.Is(err, ErrNothing) && cfg.Length < 20*time.Second { // the machine is busy
					cfg.Length *= 4
					reads = 0
					res, err = tt.load.Run(cfg)
				}
				if err != nil {
					t.Fatal(err)
				}
				if res.Ops == 0 || res.Bytes == 0 || res.Latency.Count() == 0 || res.Lost != 0 || tt.bytes > 0 && res.Bytes != res.Ops*tt.bytes {
					t.Errorf("%d operations, %d bytes, %d times, %d lost", res.Ops, res.Bytes, res.Latency.Count(), res.Lost)
				}
				if res.ServerCPU != time.Second || res.Took < cfg.Length || res.ClientBusy < 0 || res.ClientBusy > 1 {
					t.Errorf("server %v, interval %v, client %v", res.ServerCPU, res.Took, res.ClientBusy)
				}
			}
		})
	}
}

// wants are the beginnings of what is said of a fault.
var wants = map[fault][]string{
	corrupt: {errWrong.Error(), "TLS handshake"},
	ends:    {errClosed.Error(), "EOF"},
	short:   {errLate.Error(), errWrong.Error(), "status line"},    // pipelined, the next answer is where the missing byte should be
	surplus: {errSurplus.Error(), errWrong.Error(), "status line"}, // the byte too many may be taken for the first of the next answer
	mute:    {errLate.Error()},
}

func TestFaults(t *testing.T) {
	for _, tt := range loads {
		for _, f := range []fault{corrupt, ends, short, surplus, mute} {
			t.Run(tt.name+" "+string(f), func(t *testing.T) {
				cfg := Config{Addr: tt.serve(t, f).addr, Length: 20 * time.Second}
				if f == short || f == mute {
					cfg.Patience = 100 * time.Millisecond
				}
				_, err := tt.load.Run(cfg)
				if err == nil {
					t.Fatal("the fault was not seen")
				}
				for _, want := range wants[f] {
					if strings.Contains(err.Error(), want) {
						return
					}
				}
				t.Errorf("got %v, want %q", err, wants[f])
			})
		}
	}
}

// Answers that come, but later than the patience allows, are errors too.
func TestLate(t *testing.T) {
	for _, tt := range loads {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Addr: tt.serve(t, good).addr, Length: 20 * time.Second, Patience: time.Nanosecond}
			if _, err := tt.load.Run(cfg); err == nil || !errors.Is(err, errLate) && !strings.Contains(err.Error(), "deadline") && !strings.Contains(err.Error(), "timeout") {
				t.Errorf("got %v, want an error of lateness", err)
			}
		})
	}
}

func TestNothingThere(t *testing.T) {
	addr := echoServer(t, good, 64, nil).addr
	for _, tt := range loads {
		closed := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 77, 0, 1}), addr.Port()) // nothing listens on that address
		if _, err := tt.load.Run(Config{Addr: closed, Length: 20 * time.Second}); err == nil {
			t.Errorf("%s: a server that is not there was measured", tt.name)
		}
	}
}

func TestServerCPUFails(t *testing.T) {
	gone := errors.New("no such process")
	for _, tt := range loads {
		_, err := tt.load.Run(Config{Addr: tt.serve(t, good).addr, Length: 20 * time.Second, ServerCPU: func() (time.Duration, error) { return 0, gone }})
		if !errors.Is(err, gone) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestField(t *testing.T) {
	cfg := Config{Addr: echoServer(t, good, 64, nil).addr, Source: local}
	f, err := Echo{Depth: 1, Size: 64}.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 100, 70, 150} {
		if err := f.Grow(n); err != nil {
			t.Fatal(err)
		}
	}
	if f.Conns() != 150 {
		t.Errorf("there are %d connections, not 150", f.Conns())
	}
	res, err := f.Measure(2, 30*time.Millisecond)
	if err != nil || res.Ops == 0 {
		t.Errorf("%d operations, %v", res.Ops, err)
	}
}
