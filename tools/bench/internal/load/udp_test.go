// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"
)

var udpLoad = UDP{Sockets: 3, Depth: 4, Size: 64, Resend: 20 * time.Millisecond}

func udpConfig(length time.Duration) Config {
	return Config{Warmup: 5 * time.Millisecond, Length: length, Patience: 2 * time.Second}
}

func TestUDP(t *testing.T) {
	cfg := udpConfig(50 * time.Millisecond)
	cfg.Addr = datagramServer(t, func(_ int, p []byte) [][]byte { return [][]byte{p} })
	res, err := udpLoad.Run(cfg)
	if err != nil || res.Ops == 0 || res.Bytes != 64*res.Ops || res.Latency.Count() != uint64(res.Ops) {
		t.Errorf("%d operations, %d bytes, %d times, %v", res.Ops, res.Bytes, res.Latency.Count(), err)
	}
}

// What does not come back is sent again, and counted.
func TestUDPLoss(t *testing.T) {
	cfg := udpConfig(150 * time.Millisecond)
	cfg.Addr = datagramServer(t, func(n int, p []byte) [][]byte {
		if n%5 == 0 {
			return nil
		}
		return [][]byte{p}
	})
	res, err := udpLoad.Run(cfg)
	if err != nil || res.Ops == 0 || res.Lost == 0 {
		t.Errorf("%d operations, %d lost, %v", res.Ops, res.Lost, err)
	}
}

// What comes back twice counts once: the server sees each number of a socket once, unless it had to be sent again.
func TestUDPTwice(t *testing.T) {
	var mu sync.Mutex
	different := map[[datagramHead]byte]bool{}
	cfg := udpConfig(50 * time.Millisecond)
	cfg.Addr = datagramServer(t, func(_ int, p []byte) [][]byte {
		mu.Lock()
		defer mu.Unlock()
		different[[datagramHead]byte(p)] = true
		return [][]byte{p, p, p}
	})
	res, err := udpLoad.Run(cfg)
	mu.Lock()
	defer mu.Unlock()
	if err != nil || res.Ops == 0 || res.Ops > int64(len(different)) {
		t.Errorf("%d operations, %d different datagrams, %v", res.Ops, len(different), err)
	}
}

func TestUDPFaults(t *testing.T) {
	for name, spoil := range map[string]func(p []byte) []byte{
		"first byte of the body": func(p []byte) []byte { p[datagramHead] ^= 1; return p },
		"last byte":              func(p []byte) []byte { p[len(p)-1] ^= 1; return p },
		"number":                 func(p []byte) []byte { binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)+1<<20); return p },
		"socket":                 func(p []byte) []byte { p[8] ^= 1; return p },
		"short":                  func(p []byte) []byte { return p[:len(p)-1] },
		"long":                   func(p []byte) []byte { return append(p, 'x') },
		"empty":                  func(p []byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := udpConfig(time.Minute)
			cfg.Addr = datagramServer(t, func(n int, p []byte) [][]byte {
				if n > 30 {
					p = spoil(p)
				}
				return [][]byte{p}
			})
			if res, err := udpLoad.Run(cfg); err == nil {
				t.Errorf("the fault was not seen in %d operations", res.Ops)
			}
		})
	}
}

func TestUDPMute(t *testing.T) {
	cfg := udpConfig(time.Minute)
	cfg.Patience = 100 * time.Millisecond
	cfg.Addr = datagramServer(t, func(n int, p []byte) [][]byte {
		if n > 30 {
			return nil
		}
		return [][]byte{p}
	})
	if _, err := udpLoad.Run(cfg); !errors.Is(err, errLate) {
		t.Errorf("got %v, want %v", err, errLate)
	}
}

func TestUDPOptions(t *testing.T) {
	for _, u := range []UDP{{Sockets: 1, Depth: 1, Size: 15}, {Sockets: 1, Depth: 0, Size: 64}, {Sockets: 1, Depth: 65, Size: 64}} {
		if _, err := u.Run(Config{}); err == nil {
			t.Errorf("%+v was taken", u)
		}
	}
}
