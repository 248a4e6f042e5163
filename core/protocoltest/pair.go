// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Policy tells how a [Pair] cuts up for DataReceived what the other side wrote.
type Policy int

// The policies of a [Pair].
const (
	// Joined delivers what has arrived as one piece, as TCP does. Twisted: collapsingPumpPolicy.
	Joined = Policy(memory.Joined)
	// Separate delivers each write as a piece of its own. Twisted: identityPumpPolicy.
	Separate = Policy(memory.Separate)
	// Bytewise delivers each byte as a piece of its own.
	Bytewise = Policy(memory.Bytewise)
)

// A PairConfig holds the choices for a [Pair]. The zero PairConfig is ready to use.
type PairConfig struct {
	Policy      Policy        // the zero value is Joined
	Window      int           // how many bytes are on their way in each direction before the sender has to wait; 0 means 65536
	ServerClock *Clock        // the server's loop; nil means a new one
	ClientClock *Clock        // the client's loop; nil means that of the server
	ServerAddr  protocol.Addr // the zero value means TCP 10.0.0.1:12345
	ClientAddr  protocol.Addr // the zero value means TCP 192.168.1.1:54321
	Logger      *slog.Logger  // for panics of the protocols; nil means slog.Default()
}

// A Pair is a server and a client joined in memory, on clocks that the test turns. Both transports keep all rules of protocol.Transport, with bounded queues
// and half-close; a panic of a protocol ends its connection. Twisted: loopbackAsync, iosim.IOPump. Loop only: the methods belong to the goroutine of the clocks.
type Pair struct {
	Server, Client           protocol.Transport
	ServerClock, ClientClock *Clock
}

// NewPair connects server and client. When it returns, both have had ConnectionMade and nothing that they wrote has arrived.
func NewPair(server, client protocol.Protocol, cfg PairConfig) *Pair {
	if cfg.ServerClock == nil {
		cfg.ServerClock = NewClock()
	}
	if cfg.ClientClock == nil {
		cfg.ClientClock = cfg.ServerClock
	}
	if !cfg.ServerAddr.IsValid() {
		cfg.ServerAddr = protocol.TCPAddr(netip.MustParseAddrPort("10.0.0.1:12345"))
	}
	if !cfg.ClientAddr.IsValid() {
		cfg.ClientAddr = protocol.TCPAddr(netip.MustParseAddrPort("192.168.1.1:54321"))
	}
	made := 0
	side := func(p protocol.Protocol, loop *Clock, addr protocol.Addr) memory.Side {
		return memory.Side{
			Loop:    loop,
			Factory: protocol.ForProtocol(func() protocol.Protocol { return p }),
			Addr:    addr,
			Made:    func(protocol.Protocol, error) { made++ },
		}
	}
	s, c := memory.Connect(side(server, cfg.ServerClock, cfg.ServerAddr), side(client, cfg.ClientClock, cfg.ClientAddr),
		memory.Config{Policy: memory.Policy(cfg.Policy), Window: cfg.Window, Logger: cfg.Logger})
	p := &Pair{Server: s, Client: c, ServerClock: cfg.ServerClock, ClientClock: cfg.ClientClock}
	for made < 2 && p.Step() > 0 {
	}
	return p
}

// Step turns each clock once and returns how many functions ran, 0 when nothing is left to do. What one side wrote takes a step to leave and may take another
// to arrive. The time stands still.
func (p *Pair) Step() int {
	n := p.ServerClock.Turn()
	if p.ClientClock != p.ServerClock {
		n += p.ClientClock.Turn()
	}
	return n
}

// Flush steps until nothing is left to do.
func (p *Pair) Flush() {
	for p.Step() > 0 {
	}
}

// Advance advances both clocks by d and then flushes.
func (p *Pair) Advance(d time.Duration) {
	p.ServerClock.Advance(d)
	if p.ClientClock != p.ServerClock {
		p.ClientClock.Advance(d)
	}
	p.Flush()
}

// Wait steps until done is closed. It reports false when nothing is left to do and done is still open. It is the Wait of a [Harness].
func (p *Pair) Wait(done <-chan struct{}) bool {
	for {
		select {
		case <-done:
			return true
		default:
		}
		if p.Step() == 0 {
			select {
			case <-done:
				return true
			default:
				return false
			}
		}
	}
}
