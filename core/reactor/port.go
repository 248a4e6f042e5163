// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultBacklog is the default of ListenOptions.Backlog.
const DefaultBacklog = 50

// ListenOptions tell how a port listens. The zero value is ready to use.
type ListenOptions struct {
	// Backlog is how many connections may wait in the system to be accepted. 0 means DefaultBacklog.
	Backlog int
	// Loops is how many of the reactor's loops get the port's connections, the least loaded one each; the port's own is the first. 0 means Config.Loops.
	Loops int
	// ReusePort lets several sockets, also of other processes, share the address.
	ReusePort bool
	// V6Only refuses IPv4 on an IPv6 wildcard address.
	V6Only bool
	// MaxConnections bounds the port's connections: at the bound it stops accepting until one ends. 0 means no bound but that of the reactor.
	MaxConnections int
	// MaxPerPeer bounds the connections that one IP address has at a time; those beyond are closed at once, before the factory is asked. 0 means no bound.
	MaxPerPeer int
	// AcceptRate bounds the connections that are accepted in a second; those beyond wait in the backlog. 0 means no bound.
	AcceptRate int
}

// A Port is a listening stream socket. Twisted: IListeningPort. Its methods are loop only, of the loop that listens, unless they say otherwise.
type Port struct {
	loop     *Loop
	factory  protocol.Factory
	opt      ListenOptions
	cfg      poll.ListenConfig
	where    string // as the caller wrote it
	file     *socketFile
	listener poll.Listener // nil while not listening
	addr     protocol.Addr
	adopted  bool // the socket was given, and used

	count  atomic.Int64 // connections
	paused atomic.Bool  // at a bound
	peers  peers

	// The listening loop's.
	second    time.Time // when the present second of AcceptRate began
	accepts   int       // connections accepted in it
	throttled bool      // AcceptRate was reached
}

// ListenTCP listens on addr, "host:port" with a literal IP address, or none for all of them, and port 0 for one that the system picks. The socket is open
// when ListenTCP returns; an error is a *protocol.CannotListenError. Twisted: listenTCP. Loop only.
func (l *Loop) ListenTCP(addr string, f protocol.Factory, opt ListenOptions) (*Port, error) {
	if err := literal(addr); err != nil {
		return nil, cannotListen(addr, err)
	}
	p := &Port{loop: l, factory: f, opt: opt, where: addr, cfg: poll.ListenConfig{Network: "tcp", Address: addr}}
	return p.listen("reactor: ListenTCP")
}

// literal reports what is wrong with host:port, whose host may be missing.
func literal(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if host == "" {
		return nil
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return fmt.Errorf("host %q is not a literal IP address: resolve it first", host)
	}
	_, err = netip.ParseAddrPort(addr)
	return err
}

func (p *Port) listen(what string) (*Port, error) {
	if err := p.loop.open(what); err != nil {
		return nil, cannotListen(p.where, err)
	}
	if p.factory == nil {
		return nil, cannotListen(p.where, errors.New("no factory"))
	}
	p.cfg.Backlog, p.cfg.ReusePort, p.cfg.V6Only = p.opt.Backlog, p.opt.ReusePort, p.opt.V6Only
	if p.cfg.Backlog == 0 {
		p.cfg.Backlog = DefaultBacklog
	}
	if err := p.StartListening(); err != nil {
		return nil, err
	}
	return p, nil
}

// StartListening listens again, after StopListening. On a port that listens it does nothing.
func (p *Port) StartListening() error {
	loopcheck.Check(p.loop, "reactor: Port.StartListening")
	if p.listener != nil {
		return nil
	}
	if p.loop.drain != nil || p.loop.ended() {
		return cannotListen(p.where, ErrNotRunning)
	}
	if p.adopted {
		return cannotListen(p.where, errors.New("an adopted port listens once"))
	}
	if p.file != nil {
		if err := p.file.claim(); err != nil {
			return cannotListen(p.where, err)
		}
	}
	listener, err := p.loop.poller.Listen(&p.cfg, (*acceptor)(p))
	if err == nil && p.file != nil {
		if err = p.file.bound(); err != nil {
			listener.Close()
		}
	}
	if err != nil {
		if p.file != nil {
			p.file.unlock()
		}
		return cannotListen(p.where, err)
	}
	p.listener, p.addr, p.adopted = listener, listener.Addr(), p.cfg.AdoptFD != 0
	p.loop.resources[p] = struct{}{}
	p.loop.r.startFactory(p.loop, p.factory)
	p.loop.r.log.Debug("reactor: listening", "addr", p.addr.String(), "factory", fmt.Sprintf("%T", p.factory))
	return nil
}

// StopListening closes the socket; the port's connections go on. The Deferred fires in a later pass. Stopping twice fails with
// protocol.ErrNotListening.
func (p *Port) StopListening() *deferred.Deferred[struct{}] {
	loopcheck.Check(p.loop, "reactor: Port.StopListening")
	if p.listener == nil {
		return deferred.FailOn[struct{}](p.loop, protocol.ErrNotListening)
	}
	d := deferred.New[struct{}](p.loop)
	err := p.close()
	p.loop.later(turnFunc(func() {
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	}))
	return d
}

func (p *Port) close() error {
	err := p.listener.Close()
	p.listener = nil
	if p.file != nil {
		p.file.remove()
	}
	delete(p.loop.resources, p)
	p.loop.r.unpause(p)
	p.loop.r.stopFactory(p.loop, p.factory)
	p.loop.r.log.Debug("reactor: stopped listening", "addr", p.addr.String(), "factory", fmt.Sprintf("%T", p.factory))
	return err
}

func (p *Port) shutDown() {
	if err := p.close(); err != nil {
		p.loop.r.log.Warn("reactor: cannot close a port", "addr", p.addr.String(), "error", err)
	}
}

// Addr returns the address that the port listens on, or listened on last. Safe from any goroutine while the port is not started again.
func (p *Port) Addr() protocol.Addr { return p.addr }

// Listening reports whether the port listens.
func (p *Port) Listening() bool { return p.listener != nil }

// Connections returns how many connections of the port there are. Safe from any goroutine.
func (p *Port) Connections() int { return int(p.count.Load()) }

// Loop returns the loop that listens. Immutable.
func (p *Port) Loop() *Loop { return p.loop }

// Control runs f with the descriptor of the listening socket, which stays the port's and may not be kept.
func (p *Port) Control(f func(fd uintptr)) error {
	loopcheck.Check(p.loop, "reactor: Port.Control")
	if p.listener == nil {
		return protocol.ErrNotListening
	}
	return p.listener.Control(f)
}
