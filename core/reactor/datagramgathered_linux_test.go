// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestGatheredDatagramErrors: what is wrong with gathered datagrams goes to the log, which it does not flood; one that is too long is known at once.
func TestGatheredDatagramErrors(t *testing.T) {
	var log strings.Builder
	r, err := reactor.New(reactor.Config{Poller: "epoll", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := &tally{}
	to, err := r.ListenUDP("127.0.0.1:0", got, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenUDP("127.0.0.1:0", protocol.DatagramBase{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const bad = 50
	nowhere := protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:0"))
	for range bad {
		if err := port.WriteTo([]byte("x"), nowhere); err != nil {
			t.Fatal(err)
		}
		if err := port.WriteTo([]byte("x"), to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if e, ok := errors.AsType[*protocol.MessageLengthError](port.WriteTo(make([]byte, 65508), to.LocalAddr())); !ok || e.Size != 65508 {
		t.Errorf("too long a datagram: %v", e)
	}
	for got.n < bad {
		if err := r.Iterate(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Iterate(0); err != nil {
		t.Fatal(err)
	}
	// The turn of a second may come in between.
	if n := strings.Count(log.String(), "cannot receive or send a datagram"); n < 10 || n > 20 || !strings.Contains(log.String(), "sendto: invalid argument") {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// TestAllocDatagram holds that a datagram there and back costs no allocation.
func TestAllocDatagram(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r, err := reactor.New(reactor.Config{Poller: "epoll"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	server, err := r.ListenUDP("127.0.0.1:0", datagramEcho{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := &tally{}
	client, err := r.ListenUDP("127.0.0.1:0", got, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	message := make([]byte, 64)
	if n := testing.AllocsPerRun(200, func() {
		got.n = 0
		for range 70 {
			if err := client.WriteTo(message, server.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		for got.n < 70 {
			if err := r.Iterate(-1); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for 70 datagrams", n)
	}
}

type datagramEcho struct{ protocol.DatagramBase }

func (datagramEcho) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	_ = t.WriteTo(p, from)
}

// A tally counts datagrams.
type tally struct {
	protocol.DatagramBase
	n int
}

func (c *tally) DatagramReceived(protocol.DatagramTransport, []byte, protocol.Addr) { c.n++ }
