// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// A network is what the wires of one Memory share.
type network struct {
	fault     func(op string) error
	listeners map[string]*listener
	packets   map[string]*packet
	attempts  []*attempt // that nothing answered
	port      uint16     // the last one given out
	events    int        // upcalls so far

	now     func() time.Time
	link    Link
	random  *rand.Rand // nil before SetLink
	flights []flight   // what is on its way, the next first
	sent    uint64     // how many there have been
}

func newNetwork(now func() time.Time, fault func(op string) error) *network {
	return &network{now: now, fault: fault, listeners: map[string]*listener{}, packets: map[string]*packet{}, port: 40000}
}

// address returns the address for a network and its text, with a port in place of 0.
func (n *network) address(kind, text string) (protocol.Addr, error) {
	switch kind {
	case "unix":
		return protocol.UNIXAddr(text), nil
	case "unixgram":
		return protocol.UNIXDatagramAddr(text), nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return protocol.Addr{}, err
	}
	if port == "0" {
		n.port++
		port = fmt.Sprint(n.port)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ap, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil {
		return protocol.Addr{}, err
	}
	if strings.HasPrefix(kind, "udp") {
		return protocol.UDPAddr(ap), nil
	}
	return protocol.TCPAddr(ap), nil
}

func (n *network) listening() []protocol.Addr {
	addrs := make([]protocol.Addr, 0, len(n.listeners))
	for _, l := range n.listeners {
		addrs = append(addrs, l.addr)
	}
	slices.SortFunc(addrs, func(a, b protocol.Addr) int { return cmp.Compare(a.String(), b.String()) })
	return addrs
}

// find returns the listener for an address; one without a host is found by its port.
func (n *network) find(text string) *listener {
	if l := n.listeners[text]; l != nil {
		return l
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return nil
	}
	if host == "" {
		return n.listeners[net.JoinHostPort("127.0.0.1", port)]
	}
	for _, any := range []string{"0.0.0.0", "::"} {
		if l := n.listeners[net.JoinHostPort(any, port)]; l != nil {
			return l
		}
	}
	return nil
}

// connect returns the two ends of a new connection to l.
func (n *network) connect(l *listener) (client, server *end) {
	from := protocol.UNIXAddr("")
	if l.addr.Network() == "tcp" {
		n.port++
		from = protocol.TCPAddr(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), n.port))
	}
	client, server = newEnds(n, from, l.addr)
	n.to(server, func() {
		if l.gone {
			server.reset()
			return
		}
		l.backlog = append(l.backlog, server)
	})
	return client, server
}

func (n *network) dial(text string) *Peer {
	l := n.find(text)
	if l == nil {
		return nil
	}
	client, _ := n.connect(l)
	return &Peer{end: client}
}

func (n *network) take(text string) *attempt {
	i := slices.IndexFunc(n.attempts, func(a *attempt) bool { return a.address == text })
	if i < 0 {
		return nil
	}
	a := n.attempts[i]
	n.attempts = slices.Delete(n.attempts, i, i+1)
	return a
}

func (n *network) answer(text string) *Peer {
	a := n.take(text)
	if a == nil {
		return nil
	}
	local, err := n.address(a.network, a.local())
	if err != nil {
		return nil
	}
	remote, err := n.address(a.network, a.address)
	if err != nil {
		return nil
	}
	mine, theirs := newEnds(n, local, remote)
	a.settle(mine, nil)
	return &Peer{end: theirs}
}

func (n *network) refuse(text string, err error) bool {
	a := n.take(text)
	if a == nil {
		return false
	}
	a.settle(nil, err)
	return true
}

// A listener is a port of a wire.
type listener struct {
	w       *wire
	h       poll.AcceptHandler
	addr    protocol.Addr
	backlog []*end
	paused  bool
	gone    bool // closed
}

func (w *wire) Listen(cfg *poll.ListenConfig, h poll.AcceptHandler) (poll.Listener, error) {
	if err := w.net.fault("listen"); err != nil {
		return nil, err
	}
	if cfg.AdoptFD != 0 {
		return nil, poll.ErrUnsupported
	}
	addr, err := w.net.address(cfg.Network, cfg.Address)
	if err != nil {
		return nil, err
	}
	if w.net.listeners[addr.String()] != nil {
		return nil, syscall.EADDRINUSE
	}
	l := &listener{w: w, h: h, addr: addr}
	w.net.listeners[addr.String()] = l
	w.things = append(w.things, l)
	return l, nil
}

func (l *listener) work() int {
	n := 0
	for len(l.backlog) > 0 && !l.paused && !l.w.closed(l) {
		e := l.backlog[0]
		l.backlog = l.backlog[1:]
		n++
		l.h.Accepted(e.socket())
	}
	return n
}

func (l *listener) Addr() protocol.Addr         { return l.addr }
func (l *listener) Pause()                      { l.paused = true }
func (l *listener) Resume()                     { l.paused = false }
func (l *listener) Control(func(uintptr)) error { return poll.ErrUnsupported }

func (l *listener) Close() error {
	l.w.forget(l)
	l.gone = true
	delete(l.w.net.listeners, l.addr.String())
	for _, e := range l.backlog {
		e.reset()
	}
	l.backlog = nil
	return nil
}

// An attempt is a connection attempt of a wire.
type attempt struct {
	w       *wire
	h       poll.DialHandler
	network string
	address string
	from    string
	settled bool
	end     *end
	err     error
}

func (w *wire) Dial(cfg *poll.DialConfig, h poll.DialHandler) (poll.Attempt, error) {
	if err := w.net.fault("dial"); err != nil {
		return nil, err
	}
	if cfg.AdoptFD != 0 {
		return nil, poll.ErrUnsupported
	}
	a := &attempt{w: w, h: h, network: cfg.Network, address: cfg.Address, from: cfg.Local}
	w.things = append(w.things, a)
	if l := w.net.find(cfg.Address); l != nil {
		a.end, _ = w.net.connect(l)
		if d := w.net.link.Latency; d > 0 {
			w.net.send(2*d, func() { a.settle(a.end, nil) })
		} else {
			a.settle(a.end, nil)
		}
	} else {
		w.net.attempts = append(w.net.attempts, a)
	}
	return a, nil
}

func (a *attempt) local() string {
	if a.network == "tcp" {
		return cmp.Or(a.from, "127.0.0.1:0")
	}
	return ""
}

func (a *attempt) settle(e *end, err error) { a.settled, a.end, a.err = true, e, err }

func (a *attempt) work() int {
	if !a.settled {
		return 0
	}
	a.w.forget(a)
	if a.err != nil {
		a.h.Dialed(poll.Socket{}, a.err)
	} else {
		a.h.Dialed(a.end.socket(), nil)
	}
	return 1
}

func (a *attempt) Close() {
	a.w.forget(a)
	a.w.net.attempts = slices.DeleteFunc(a.w.net.attempts, func(b *attempt) bool { return a == b })
	if a.end != nil {
		a.end.reset()
	}
}

var errNotOurs = errors.New("reactortest: not a socket of this network")
