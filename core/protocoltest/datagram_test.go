// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"errors"
	"net"
	"net/netip"
	"reflect"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A network carries what fake transports write to each other.
type network struct {
	clock *protocoltest.Clock
	ports []port
}

type port struct {
	*protocoltest.FakeDatagramTransport
	maxSize int
}

func (n *network) listen(p protocol.DatagramProtocol, maxSize int) {
	tr := protocoltest.NewFakeDatagramTransport()
	tr.Clock = n.clock
	tr.Local = protocol.UDPAddr(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(5000+len(n.ports))))
	n.ports = append(n.ports, port{tr, maxSize})
	tr.Start(p)
}

// step carries what was written so far, and turns the clock.
func (n *network) step() int {
	done := 0
	for _, from := range n.ports {
		written := from.Written()
		from.Clear()
		for _, d := range written {
			done++
			for _, to := range n.ports {
				if to.Local == d.To {
					deliver(to, []byte(d.Data[:min(len(d.Data), to.maxSize)]), from.Local)
				}
			}
		}
	}
	return done + n.clock.Turn()
}

// deliver stands in for a reactor: a panic is survived.
func deliver(to port, p []byte, from protocol.Addr) {
	defer func() { recover() }()
	to.Feed(p, from)
}

func TestDatagramConformance(t *testing.T) {
	protocoltest.TestDatagram(t, func(*testing.T) protocoltest.DatagramHarness {
		n := &network{clock: protocoltest.NewClock()}
		return protocoltest.DatagramHarness{
			Listen: n.listen,
			Wait: func(done <-chan struct{}) bool {
				for {
					select {
					case <-done:
						return true
					default:
					}
					if n.step() == 0 {
						select {
						case <-done:
							return true
						default:
							return false
						}
					}
				}
			},
			Settle: func() {
				for n.step() > 0 {
				}
			},
			Foreign: protocol.UDPAddr(netip.MustParseAddrPort("[::1]:53")),
		}
	})
}

type refused struct {
	protocol.DatagramBase
	n int
}

func (r *refused) ConnectionRefused(protocol.DatagramTransport) { r.n++ }

func TestFakeDatagramTransportRefuse(t *testing.T) {
	tr := protocoltest.NewFakeDatagramTransport()
	var p refused
	tr.Start(&p)
	tr.Refuse()
	tr.LoseConnection()
	tr.Refuse()
	tr.Clock.Advance(0)
	if p.n != 1 || !tr.Stopped() {
		t.Errorf("told %d times, stopped %v; want 1, true", p.n, tr.Stopped())
	}
	if err := tr.WriteTo([]byte("x"), tr.Local); !errors.Is(err, net.ErrClosed) {
		t.Errorf("WriteTo a closed port: %v", err)
	}
}

func TestFakeDatagramTransportMulticast(t *testing.T) {
	tr := protocoltest.NewFakeDatagramTransport()
	group := netip.MustParseAddr("224.0.0.251")
	if err := tr.JoinGroup(group, "eth0"); err != nil {
		t.Error(err)
	}
	join := new(protocol.MulticastJoinError)
	if err := tr.JoinGroup(netip.MustParseAddr("10.0.0.1"), ""); !errors.As(err, &join) {
		t.Errorf("joining no group: %v", err)
	}
	if err := tr.LeaveGroup(group, "eth1"); !errors.As(err, &join) {
		t.Errorf("leaving where it never was: %v", err)
	}
	if got, want := tr.Groups(), []protocoltest.Membership{{Group: group, Iface: "eth0"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("Groups %v, want %v", got, want)
	}
	if err := tr.LeaveGroup(group, "eth0"); err != nil || len(tr.Groups()) != 0 {
		t.Errorf("leaving: %v, Groups %v", err, tr.Groups())
	}
	if err := tr.SetTTL(256); err == nil {
		t.Error("a TTL of 256 was accepted")
	}
	tr.SetTTL(3)
	tr.SetLoopbackMode(false)
	tr.SetOutgoingInterface("eth0")
	tr.SetBroadcastAllowed(true)
	ttl, _ := tr.TTL()
	loop, _ := tr.LoopbackMode()
	if ttl != 3 || loop || tr.OutgoingInterface() != "eth0" || !tr.BroadcastAllowed() {
		t.Errorf("TTL %d, loopback %v, interface %q, broadcast %v", ttl, loop, tr.OutgoingInterface(), tr.BroadcastAllowed())
	}
}
