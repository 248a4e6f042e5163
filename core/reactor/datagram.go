// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// PacketOptions tell how a datagram port works. The zero value is ready to use.
type PacketOptions struct {
	// MaxSize is the size of the largest datagram that is delivered whole; longer ones are cut. 0 means protocol.MaxDatagram.
	MaxSize int
	// ReusePort lets several sockets, also of other processes, share the address.
	ReusePort bool
}

// A DatagramPort is a datagram socket with its protocol. It is the protocol's transport. Its methods are loop only. Twisted: udp.Port.
type DatagramPort struct {
	loop   *Loop
	proto  protocol.DatagramProtocol
	self   protocol.DatagramTransport
	packet poll.Packet // nil when closed
	file   *socketFile
	local  protocol.Addr
	remote protocol.Addr
	closed error // why it was closed

	network string // with address: what a successor asks for; no address for what is not handed over
	address string
	adopted int // the number by which the socket was adopted; -1 if it was not
	number  uint64
	service string
	handed  bool // a successor has the socket too
	closing bool // what has been read is delivered before the end
	lent    bool // a predecessor had it
	private bool // not to be handed over or inherited: a client's
	after   []*deferred.Deferred[struct{}]
	made    deferred.Stack // where, with Config.Debug
}

var (
	_ protocol.DatagramTransport = (*DatagramPort)(nil)
	_ protocol.SocketTransport   = (*DatagramPort)(nil)
)

// ListenUDP opens a UDP socket on addr, "host:port" with a literal IP address, or none for all of IPv4. The protocol's StartProtocol runs before ListenUDP
// returns. Errors are *protocol.CannotListenError. Twisted: listenUDP. Loop only.
func (l *Loop) ListenUDP(addr string, p protocol.DatagramProtocol, opt PacketOptions) (*DatagramPort, error) {
	if err := literal(addr); err != nil {
		return nil, cannotListen(addr, err)
	}
	d := &DatagramPort{loop: l, proto: p}
	d.self = d
	return d.open("reactor: ListenUDP", addr, &poll.PacketConfig{Network: udpNetwork(addr), Address: addr, MaxSize: opt.MaxSize, ReusePort: opt.ReusePort})
}

// udpNetwork makes a port without a host one of IPv4, as the addresses to write to are of the port's own family.
func udpNetwork(addr string) string {
	if host, _, _ := net.SplitHostPort(addr); host == "" {
		return "udp4"
	}
	return "udp"
}

// AdoptDatagramPort uses an open, bound UDP or UNIX datagram socket. fd is duplicated: the caller keeps and closes its own. Twisted: adoptDatagramPort.
// Loop only.
func (l *Loop) AdoptDatagramPort(fd int, p protocol.DatagramProtocol, opt PacketOptions) (*DatagramPort, error) {
	where := fmt.Sprintf("descriptor %d", fd)
	d := &DatagramPort{loop: l, proto: p, adopted: fd}
	fd, done, err := adoptable(fd)
	if err != nil {
		return nil, cannotListen(where, err)
	}
	defer done()
	d.self = d
	return d.open("reactor: AdoptDatagramPort", where, &poll.PacketConfig{Network: "udp", AdoptFD: fd, MaxSize: opt.MaxSize})
}

// open returns the port, bound and started.
func (d *DatagramPort) open(what, where string, cfg *poll.PacketConfig) (*DatagramPort, error) {
	if err := d.bind(what, where, cfg); err != nil {
		return nil, err
	}
	d.start()
	return d, nil
}

func (d *DatagramPort) bind(what, where string, cfg *poll.PacketConfig) error {
	if err := d.loop.open(what); err != nil {
		return cannotListen(where, err)
	}
	if d.proto == nil {
		return cannotListen(where, errors.New("no protocol"))
	}
	d.service, d.made = protocol.ServiceName(d.proto), d.loop.r.origin()
	if cfg.MaxSize == 0 {
		cfg.MaxSize = protocol.MaxDatagram
	}
	lent := -1
	if cfg.AdoptFD == 0 {
		d.adopted = -1
		lent = d.inherit(cfg)
	}
	packet, err := d.loop.poller.ListenPacket(cfg, (*packetUpcalls)(d))
	if lent >= 0 {
		closeDescriptor(lent)
	}
	if err != nil {
		return cannotListen(where, err)
	}
	d.lent = lent >= 0
	d.packet, d.local, d.number = packet, packet.Addr(), d.loop.r.opened.Add(1)
	switch {
	case d.file == nil:
	case lent >= 0:
		d.file.inherited(d.loop.r.cfg.Inherited)
	default:
		if err := d.file.bound(); err != nil {
			d.release()
			return cannotListen(where, err)
		}
	}
	return nil
}

// inherit has cfg adopt the socket that a predecessor had for such a port, and returns it; -1 if there is none.
func (d *DatagramPort) inherit(cfg *poll.PacketConfig) int {
	if d.private || cfg.Address == "" {
		return -1
	}
	if d.network, d.address = cfg.Network, cfg.Address; d.network != "unixgram" {
		d.network = "udp"
	}
	lent := d.loop.r.cfg.Inherited.take(d.network, d.address)
	if len(lent) == 0 {
		return -1
	}
	cfg.AdoptFD = lent[0]
	return lent[0]
}

// release closes the socket and removes its file.
func (d *DatagramPort) release() {
	if k, ok := d.packet.(keeper); ok && d.handed {
		k.Keep()
	}
	if err := d.packet.Close(); err != nil {
		d.loop.r.log.Warn("reactor: cannot close a datagram port", append(d.attrs(), "error", err)...)
	}
	d.packet = nil
	if d.file != nil && !d.handed {
		d.file.remove()
	}
}

func (d *DatagramPort) start() {
	d.loop.resources[d] = struct{}{}
	d.call(func() { d.proto.StartProtocol(d.self) })
}

// call calls the protocol.
func (d *DatagramPort) call(f func()) {
	defer d.loop.recovered("a call", nil, d)
	f()
}

// packetUpcalls is a DatagramPort as its poller sees it.
type packetUpcalls DatagramPort

func (u *packetUpcalls) PacketReceived(p []byte, from protocol.Addr) {
	d := (*DatagramPort)(u)
	defer d.loop.recovered("DatagramReceived", nil, d)
	d.proto.DatagramReceived(d.self, p, from)
}

func (u *packetUpcalls) PacketFailed(err error) {
	d := (*DatagramPort)(u)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		if args, ok := d.loop.r.lines.datagrams.Allow(d.loop.Now(), append(d.attrs(), "error", err)...); ok {
			d.loop.r.log.Warn("reactor: cannot receive or send a datagram", args...)
		}
		return
	}
	if r, ok := d.proto.(protocol.ConnectionRefuser); ok && d.remote.IsValid() {
		defer d.loop.recovered("ConnectionRefused", nil, d)
		r.ConnectionRefused(d.self)
	}
}

// WriteTo sends one datagram; see [protocol.DatagramTransport]. Over epoll and io_uring, datagrams of up to 1452 bytes are gathered and leave up to 64 at a time: when the
// port has handled the datagrams that came together, else before the loop waits again. Longer ones, and those of UNIX sockets, leave at once.
func (d *DatagramPort) WriteTo(p []byte, to protocol.Addr) error {
	loopcheck.Check(d.loop, "reactor: DatagramPort.WriteTo")
	if d.packet == nil {
		return net.ErrClosed
	}
	if err := d.sendable(to); err != nil {
		return err
	}
	return d.sent(d.packet.SendTo(p, to))
}

// Write sends one datagram to the peer of a connected port.
func (d *DatagramPort) Write(p []byte) error {
	loopcheck.Check(d.loop, "reactor: DatagramPort.Write")
	if d.packet == nil {
		return net.ErrClosed
	}
	if !d.remote.IsValid() {
		return &protocol.InvalidAddressError{Reason: "the port is not connected"}
	}
	return d.sent(d.packet.SendTo(p, protocol.Addr{}))
}

// sent hides the refusal of an earlier datagram, which the system reports with a later one. A connected port's protocol is told.
func (d *DatagramPort) sent(err error) error {
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	d.loop.later(turnFunc(func() {
		if d.packet != nil {
			(*packetUpcalls)(d).PacketFailed(err)
		}
	}))
	return nil
}

// sendable reports whether a datagram can go to an address of that kind.
func (d *DatagramPort) sendable(to protocol.Addr) error {
	own, ip := d.local.AddrPort().Addr(), to.AddrPort().Addr()
	reason := ""
	switch {
	case !to.IsValid():
		reason = "no address"
	case d.local.Network() == "unixgram":
		if to.Network() != "unixgram" && to.Network() != "unix" || to.Name() == "" {
			reason = "not the path of a UNIX socket"
		}
	case !ip.IsValid():
		reason = "not a literal IP address"
	case own.Is4() != ip.Is4():
		reason = "of another family than the port's " + d.local.String()
	}
	if reason != "" {
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: reason}
	}
	return nil
}

// Connect fixes the peer, once; a second time gives protocol.ErrAlreadyConnected.
func (d *DatagramPort) Connect(to protocol.Addr) error {
	loopcheck.Check(d.loop, "reactor: DatagramPort.Connect")
	switch {
	case d.packet == nil:
		return net.ErrClosed
	case d.remote.IsValid():
		return protocol.ErrAlreadyConnected
	}
	if err := d.sendable(to); err != nil {
		return err
	}
	if err := d.packet.Connect(to); err != nil {
		return protocol.NewConnectError(to.String(), err)
	}
	d.remote = to
	d.local = d.packet.Addr()
	return nil
}

// LocalAddr returns the bound address. Twisted: getHost.
func (d *DatagramPort) LocalAddr() protocol.Addr { return d.local }

// RemoteAddr returns the peer of a connected port, else the invalid Addr.
func (d *DatagramPort) RemoteAddr() protocol.Addr { return d.remote }

// Loop returns the loop that owns the port.
func (d *DatagramPort) Loop() protocol.Loop { return d.loop }

// SetBroadcastAllowed allows datagrams to broadcast addresses.
func (d *DatagramPort) SetBroadcastAllowed(on bool) error {
	var err error
	if e := d.Control(func(fd uintptr) { err = setBroadcast(fd, on) }); e != nil {
		return e
	}
	return err
}

// Control runs f with the descriptor, which stays the port's and may not be kept. Over epoll and io_uring a UDP socket has the option UDP_GRO, so that the system may hand
// over several datagrams as one message: whoever is passed a duplicate to receive from has to turn it off.
func (d *DatagramPort) Control(f func(fd uintptr)) error {
	loopcheck.Check(d.loop, "reactor: DatagramPort.Control")
	if d.packet == nil {
		return net.ErrClosed
	}
	return d.packet.Control(f)
}

// LoseConnection closes the port; StopProtocol follows in a later pass.
func (d *DatagramPort) LoseConnection() {
	loopcheck.Check(d.loop, "reactor: DatagramPort.LoseConnection")
	d.close(protocol.Done(net.ErrClosed))
}

// StopListening closes the port. The Deferred fires in a later pass, after StopProtocol. Stopping twice fails with protocol.ErrNotListening.
func (d *DatagramPort) StopListening() *deferred.Deferred[struct{}] {
	loopcheck.Check(d.loop, "reactor: DatagramPort.StopListening")
	if d.packet == nil {
		return deferred.FailOn[struct{}](d.loop, protocol.ErrNotListening)
	}
	done := deferred.New[struct{}](d.loop)
	d.after = append(d.after, done)
	d.close(protocol.Done(net.ErrClosed))
	return done
}

func (d *DatagramPort) close(reason error) {
	if d.packet == nil || d.closing {
		return
	}
	d.closing = true
	d.release()
	d.closed = reason
	d.loop.later(turnFunc(d.stopped))
}

func (d *DatagramPort) stopped() {
	delete(d.loop.resources, d)
	d.call(func() { d.proto.StopProtocol(d.self, d.closed) })
	for _, done := range d.after {
		done.Callback(struct{}{})
	}
}

func (d *DatagramPort) shutDown() { d.close(protocol.Lost(ErrStopped)) }
