// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package poll is the operating system as a leaf: the small interface with completion semantics through which a loop does all its I/O, and its
// implementations. A readiness interface such as epoll emulates completion by doing the system call itself; io_uring and IOCP have it by nature.
//
// # Concurrency
//
// A Poller and all that it made belong to one loop: every method but Wake is called on the loop's goroutine, and every upcall is made from inside Poll on that
// goroutine. A handler may call any method from inside an upcall, Close of the very thing included; after Close returns no upcall is made for that thing.
package poll

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// ErrUnsupported is returned for what a poller cannot do on this system. It matches errors.ErrUnsupported.
var ErrUnsupported = fmt.Errorf("not supported by this poller on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// A Poller waits for I/O to complete and tells the handlers.
type Poller interface {
	// Name returns the name by which the poller is chosen, such as "epoll".
	Name() string
	// Poll makes the upcalls of what has completed. It waits at most timeout for something to complete, not at all when timeout is 0, without end when it
	// is negative, and returns early after Wake. It returns how many upcalls it made.
	Poll(timeout time.Duration) (int, error)
	// Wake ends a Poll that waits, or the next one. Safe from any goroutine.
	Wake()

	// Listen opens a listening socket.
	Listen(cfg *ListenConfig, h AcceptHandler) (Listener, error)
	// Dial starts to connect. The outcome comes by h, never from inside Dial.
	Dial(cfg *DialConfig, h DialHandler) (Attempt, error)
	// Attach puts an open stream socket, from any Poller of the same kind, under this poller's care. On error the socket is closed.
	Attach(s Socket, h StreamHandler) (Stream, error)
	// ListenPacket opens a datagram socket.
	ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error)
	// Watch reports when a descriptor, which stays the caller's, can be read or written. It starts with both off. Descriptors that cannot be polled, such as
	// regular files, count as always ready.
	Watch(fd int, h WatchHandler) (Watch, error)

	// Close closes the poller and everything under its care, without upcalls.
	Close() error
}

// A Socket is an open stream socket under no poller's care. Which field is in use depends on the kind of poller.
type Socket struct {
	FD     int
	Conn   net.Conn // the portable poller
	Local  protocol.Addr
	Remote protocol.Addr
}

// A ListenConfig describes a listening socket.
type ListenConfig struct {
	Network   string // "tcp", "tcp4", "tcp6" or "unix"
	Address   string // literal-IP:port (host part may be empty or have a zone), or a path, a leading NUL for the abstract namespace
	Backlog   int
	ReusePort bool
	V6Only    bool // refuse IPv4 on an IPv6 wildcard
	// Paused leaves all connections in the backlog until Resume.
	Paused bool
	// Mode is what the file of a UNIX socket gets before anybody can connect. 0 leaves it as the system makes it; so does a system without modes.
	Mode fs.FileMode
	// AdoptFD, when not 0, is an open listening socket to use instead: it is duplicated (the caller closes its own) and set non-blocking, and
	// closed without shutdown.
	AdoptFD int
}

// A DialConfig describes a connection attempt.
type DialConfig struct {
	Network string // "tcp" or "unix"
	Address string // literal-IP:port or a path
	Local   string // literal-IP:port to bind first, or ""
	// AdoptFD, when not 0, is a connected stream socket to use instead, duplicated and set non-blocking.
	AdoptFD int
}

// A PacketConfig describes a datagram socket.
type PacketConfig struct {
	Network   string // "udp", "udp4", "udp6" or "unixgram"
	Address   string // literal-IP:port, a path, or "" for an unbound UNIX socket
	ReuseAddr bool   // with ReusePort: several listeners of one multicast group
	ReusePort bool
	MaxSize   int // longer datagrams are cut to this many bytes, or to 4 MiB
	// Mode is as in ListenConfig, but a datagram socket takes what is sent from the moment it has its name: only on Linux is the mode there from the start.
	Mode    fs.FileMode
	AdoptFD int // when not 0, a datagram socket to use instead, duplicated
}

// An AcceptHandler is told of a listener's new connections.
type AcceptHandler interface {
	// Accepted delivers a new connection, which belongs to the handler: it has to be attached, on any loop, or closed with CloseSocket.
	Accepted(s Socket)
	// AcceptFailed reports an error of accept. The listener goes on by itself where it can: after EMFILE, ENFILE, ENOBUFS and ENOMEM it pauses for
	// a while (retry is then true) instead of spinning; it reports the first failure of a series only.
	AcceptFailed(err error, retry bool)
}

// A Listener is a listening socket that accepts.
type Listener interface {
	Addr() protocol.Addr
	// Pause stops accepting (connections wait in the backlog); Resume goes on.
	Pause()
	Resume()
	Control(f func(fd uintptr)) error
	Close() error
}

// A DialHandler is told the outcome of a connection attempt.
type DialHandler interface {
	// Dialed delivers the connected socket, which belongs to the handler, or the error.
	Dialed(s Socket, err error)
}

// An Attempt is a connection attempt under way. Close gives it up: no outcome is reported then.
type Attempt interface{ Close() }

// A StreamHandler is told what happens on a stream.
type StreamHandler interface {
	// Received delivers bytes; p is lent until return.
	Received(p []byte)
	// ReceivedFD delivers a descriptor passed over a UNIX socket, which now belongs to the handler. It comes before the data that it rode on.
	// When the process may have no more descriptors the stream ends with EMFILE instead: which one belongs to which data could not be told any more.
	ReceivedFD(fd int)
	// ReceiveEnded reports that nothing more will be received: io.EOF after the peer's end of stream, else the system's error. It comes once, and once more when
	// the connection is reset after io.EOF and the poller can notice that without sending. The stream is not closed by it: after io.EOF sending goes on.
	ReceiveEnded(err error)
	// Sent reports the end of a Send that did not complete at once: n more bytes left, what else was lent is the handler's again. When n is short and
	// err is nil the rest may be offered again at once.
	Sent(n int, err error)
}

// A Stream is a connected stream socket.
type Stream interface {
	// Receive starts or stops receiving. It starts stopped. After Receive(false) no bytes are delivered: what had arrived waits.
	Receive(on bool)
	// Send offers v, bytes to be sent in order. It returns how many left at once. When that is fewer than offered and err is nil, all of v, the slices and
	// the bytes in them, stays lent to the poller until Sent. One Send at a time may be outstanding. A peer that is gone gives an error, never a signal.
	Send(v [][]byte) (n int, err error)
	// SendFD sends p (at least one byte) with descriptors riding on its first byte. It returns 0 and a nil error when it would block, and nothing stays lent:
	// Sent(0, nil) tells when to try again.
	SendFD(p []byte, fds []int) (n int, err error)
	// CloseWrite sends the end of stream. Nothing may be outstanding.
	CloseWrite() error
	// Close closes; with abort the peer is told by a reset where the network has one. What was lent comes back before Close returns.
	Close(abort bool) error
	// Control runs f with the descriptor.
	Control(f func(fd uintptr)) error
	// Options of TCP sockets; on others ErrUnsupported.
	SetNoDelay(on bool) error
	NoDelay() (bool, error)
	SetKeepAlive(idle time.Duration) error // as protocol.TCPTransport
	KeepAlive() (bool, error)
}

// A PacketHandler is told of a datagram socket's arrivals.
type PacketHandler interface {
	// PacketReceived delivers one datagram; p is lent until return.
	PacketReceived(p []byte, from protocol.Addr)
	// PacketFailed reports an error that came instead of a datagram, or that a gathered one met; ECONNREFUSED on a connected socket. The socket goes on.
	PacketFailed(err error)
}

// A Packet is a datagram socket. It receives from the start.
type Packet interface {
	Addr() protocol.Addr
	// SendTo sends one datagram; a full socket buffer drops it (nil), too long a datagram gives *protocol.MessageLengthError. to invalid: to the peer. A poller
	// may gather datagrams: they leave in order when the upcalls of a batch end, at the latest when Poll ends or the next one begins, before Connect, Control and
	// Close do anything, and their errors come by PacketFailed, from inside Poll.
	SendTo(p []byte, to protocol.Addr) error
	Connect(to protocol.Addr) error
	Control(f func(fd uintptr)) error
	Close() error
}

// A WatchHandler is told of a descriptor's readiness, level-triggered: as long as it lasts, once a pass.
type WatchHandler interface {
	Readable()
	Writable()
}

// A Watch is a descriptor being watched.
type Watch interface {
	Set(read, write bool) error
	// Close stops watching; the descriptor stays open.
	Close()
}
