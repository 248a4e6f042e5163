// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// An AcceptMode tells which of a reactor's loops accept the connections of a port.
type AcceptMode int

const (
	// AcceptDeal lets the port's loop accept and deal the connections out, the least loaded loop gets each: they are spread evenly, however few there are.
	AcceptDeal AcceptMode = iota
	// AcceptPerLoop gives each loop a listening socket of its own on the same address, by SO_REUSEPORT, and the system spreads new connections by a hash
	// of their addresses. No connection changes its loop and no loop accepts for the others, which is for many loops with many short connections; few
	// long ones are spread unevenly. With two loops neither mode is measurably faster.
	AcceptPerLoop
)

func (m AcceptMode) String() string {
	switch m {
	case AcceptDeal:
		return "deal"
	case AcceptPerLoop:
		return "perloop"
	}
	return "AcceptMode(" + strconv.Itoa(int(m)) + ")"
}

// DefaultBacklog is the default of ListenOptions.Backlog.
const DefaultBacklog = 50

// ListenOptions tell how a port listens. The zero value is ready to use.
type ListenOptions struct {
	// Backlog is how many connections may wait in the system to be accepted. 0 means DefaultBacklog.
	Backlog int
	// Loops is how many of the reactor's loops get the port's connections; the port's own is the first. 0 means Config.Loops.
	Loops int
	// Accept tells how the connections get to their loops. With AcceptPerLoop each socket has a backlog of its own, all bounds hold for the port as a
	// whole, and other processes of the same user may share the port, as with ReusePort: a second server is not told that it is taken. UNIX and adopted
	// sockets are dealt, and so is everything where the system does not spread connections (all but Linux) or a socket cannot be opened. 0 means AcceptDeal.
	Accept AcceptMode
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
	loop      *Loop
	factory   protocol.Factory
	opt       ListenOptions
	cfg       poll.ListenConfig
	where     string // as the caller wrote it
	service   string
	file      *socketFile
	perLoop   bool        // each loop has a socket
	acceptors []*acceptor // the own loop's first; none while not listening
	addr      protocol.Addr
	adopted   bool           // the socket was given, and used
	fd        int            // the number by which it was given
	lent      []int          // inherited sockets for more acceptors
	handed    atomic.Bool    // a successor listens on the sockets too; its loop's to change
	made      deferred.Stack // where, with Config.Debug

	count     atomic.Int64 // connections
	paused    atomic.Bool  // at a bound
	throttled atomic.Bool  // AcceptRate was reached
	peers     peers
	rate      rate
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
	p.service, p.made = protocol.ServiceName(p.factory), p.loop.r.origin()
	p.perLoop = p.mayOpenMore()
	p.cfg.Backlog, p.cfg.ReusePort, p.cfg.V6Only = p.opt.Backlog, p.opt.ReusePort || p.perLoop, p.opt.V6Only
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
	if p.Listening() {
		return nil
	}
	if p.loop.drain != nil || p.loop.ended() {
		return cannotListen(p.where, ErrNotRunning)
	}
	if p.adopted {
		return cannotListen(p.where, errors.New("an adopted port listens once"))
	}
	first := &acceptor{port: p, loop: p.loop, number: p.loop.r.opened.Add(1)}
	if lent := p.inherit(first); lent != nil {
		if err := p.listenOn(first, lent); err != nil {
			return cannotListen(p.where, err)
		}
	} else if err := p.bind(first); err != nil {
		return cannotListen(p.where, err)
	}
	p.handed.Store(false)
	p.acceptors, p.addr, p.adopted = []*acceptor{first}, first.addr, p.cfg.AdoptFD != 0
	p.loop.resources[p] = struct{}{}
	p.loop.r.startFactory(p.loop, p.factory)
	p.log().Debug("reactor: listening", "addr", p.addr.String(), "factory", fmt.Sprintf("%T", p.factory))
	first.sync()
	p.openMore()
	return nil
}

// bind opens the first socket.
func (p *Port) bind(first *acceptor) error {
	if p.file != nil {
		if err := p.file.claim(); err != nil {
			return err
		}
	}
	err := first.listen(&p.cfg)
	if err == nil && p.file != nil {
		if err = p.file.bound(); err != nil {
			first.close(false, false)
		}
	}
	if err != nil && p.file != nil {
		p.file.unlock()
	}
	return err
}

// inherit takes the sockets that a predecessor had for such a port.
func (p *Port) inherit(first *acceptor) []int {
	if p.cfg.AdoptFD != 0 {
		return nil
	}
	from := p.loop.r.cfg.Inherited
	lent := from.take(p.cfg.Network, p.cfg.Address)
	if lent != nil {
		first.lender = from
		from.await(p)
	}
	return lent
}

// listenOn makes the first socket of one that was inherited; openMore does the others.
func (p *Port) listenOn(first *acceptor, lent []int) error {
	cfg := p.cfg
	cfg.AdoptFD = lent[0]
	err := first.listen(&cfg)
	closeDescriptor(lent[0])
	if err != nil {
		for _, fd := range lent[1:] {
			closeDescriptor(fd)
		}
		return err
	}
	if p.lent = lent[1:]; p.file != nil {
		p.file.inherited(first.lender)
	}
	return nil
}

// succeeded is called when the predecessor does not serve any more.
func (p *Port) succeeded() {
	if !p.Listening() {
		return
	}
	if p.file != nil {
		if err := p.file.settle(); err != nil {
			p.log().Warn("reactor: cannot take the lock of an inherited socket", "path", p.file.path, "error", err)
		}
	}
	p.openMore()
	p.syncAll()
}

// StopListening closes the port's sockets; its connections go on. The Deferred fires in a later pass, when all are closed and the connections that were
// accepted before have their protocols: the factory is asked for no more. The system resets connections that
// wait in the backlog of a socket that closes. With AcceptPerLoop, where several close one after another, those that wait are taken first. Stopping twice
// fails with protocol.ErrNotListening.
func (p *Port) StopListening() *deferred.Deferred[struct{}] {
	loopcheck.Check(p.loop, "reactor: Port.StopListening")
	if !p.Listening() {
		return deferred.FailOn[struct{}](p.loop, protocol.ErrNotListening)
	}
	d := deferred.New[struct{}](p.loop)
	p.close(p.perLoop, func(err error) {
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	})
	return d
}

// close closes all sockets, then calls done in a later pass.
func (p *Port) close(gently bool, done func(error)) {
	acceptors := p.acceptors
	p.acceptors = nil
	handed := p.handed.Load()
	stopped := func(err error) {
		p.passed(func() {
			p.loop.r.stopFactory(p.loop, p.factory)
			done(err)
		})
	}
	if !gently && len(p.loop.r.Loops()) == 1 { // nothing comes after it
		p.loop.r.stopFactory(p.loop, p.factory)
		stopped = done
	}
	p.closeMore(acceptors[1:], gently, handed, acceptors[0].close(gently, handed), stopped)
	if p.file != nil && !handed {
		p.file.remove()
	}
	delete(p.loop.resources, p)
	p.loop.r.unpause(p)
	p.log().Debug("reactor: stopped listening", "addr", p.addr.String(), "factory", fmt.Sprintf("%T", p.factory))
}

// passed calls done when the connections that were dealt to other loops have got there.
func (p *Port) passed(done func()) {
	left := 1
	there := func() {
		if left--; left == 0 {
			done()
		}
	}
	for _, l := range p.loop.r.Loops() {
		if l != p.loop && l.post(func() { p.loop.CallFromThread(there) }) { // behind them in the queue
			left++
		}
	}
	there()
}

func (p *Port) shutDown() {
	p.close(false, func(err error) {
		if err != nil {
			p.log().Warn("reactor: cannot close a port", "addr", p.addr.String(), "error", err)
		}
	})
}

// Addr returns the address that the port listens on, or listened on last. Safe from any goroutine while the port is not started again.
func (p *Port) Addr() protocol.Addr { return p.addr }

// Listening reports whether the port listens.
func (p *Port) Listening() bool { return len(p.acceptors) > 0 }

// Connections returns how many connections of the port there are. Safe from any goroutine.
func (p *Port) Connections() int { return int(p.count.Load()) }

// Loop returns the loop that listens. Immutable.
func (p *Port) Loop() *Loop { return p.loop }

// Control runs f with the descriptor of the listening socket, with AcceptPerLoop that of the port's own loop. It stays the port's and may not be kept.
func (p *Port) Control(f func(fd uintptr)) error {
	loopcheck.Check(p.loop, "reactor: Port.Control")
	if !p.Listening() {
		return protocol.ErrNotListening
	}
	return p.acceptors[0].listener.Control(f)
}
