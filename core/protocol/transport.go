// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"net"
	"time"
)

// The flow-control marks of a transport, in bytes, and its default bound. Twisted: abstract.FileDescriptor.bufferSize.
const (
	// HighWater is the mark: when MORE than this many bytes wait to be sent, a push producer is paused.
	HighWater = 65536
	// DefaultMaxBuffered is the default bound on the bytes that one connection queues for a peer that does not read. A write that
	// passes it aborts the connection with [ErrBufferOverflow].
	DefaultMaxBuffered = 16 << 20
)

// A Transport is one end of a stream connection as its protocol sees it. All its methods are loop only: they may be called by the callbacks of
// the loop that owns the connection and by nothing else; from elsewhere go through Loop().CallFromThread.
//
// Optional abilities (half-close, TLS, socket options, descriptor passing, files) are separate interfaces; find them with [As], which looks through
// wrappers.
//
// Rules for those who implement one, checked by protocoltest.TestTransport:
//
//   - Write and WriteSequence never block and call no method of the protocol. They copy what they keep.
//   - Bytes leave in the order of the writes.
//   - As Consumer: a push producer's Pause is called synchronously inside the write that makes more than HighWater bytes wait, and Resume when none wait;
//     a pull producer's Resume is called once at registration and once each time that nothing waits.
//   - LoseConnection sends what is queued, waits for a registered producer to unregister, and closes. Data written after it is dropped,
//     except by a producer that is registered; reading stops at once.
//   - AbortConnection drops what is queued. ConnectionLost follows on a later turn of the loop, with no other callback in between.
//   - A connection whose two directions have both ended, each by itself, ends without more ado: the reason is [Done] of io.EOF.
type Transport interface {
	// Consumer's Write returns len(p), nil, or 0, net.ErrClosed once the connection is closing or lost.
	Consumer
	// Producer's Pause stops reading from the peer, who is then held up by the connection's flow control; Resume starts it again and is ignored
	// after LoseConnection; Stop is LoseConnection.
	Producer

	// WriteSequence writes the slices one after another, as if joined.
	WriteSequence(v [][]byte) (int, error)
	// LoseConnection closes in an orderly way. It may be called more than once. The reason will match net.ErrClosed.
	LoseConnection()
	// AbortConnection closes at once (RST on TCP). It may be called more than once. The reason will match ErrConnectionAborted.
	AbortConnection()
	// LocalAddr returns this end's address.
	LocalAddr() net.Addr
	// RemoteAddr returns the peer's address, as told by the PROXY protocol where that is in use.
	RemoteAddr() net.Addr
	// Loop returns the loop that owns the connection: its clock, its timers, and the way in from other goroutines.
	Loop() Loop
}

// A HalfCloseTransport can end its sending direction alone.
type HalfCloseTransport interface {
	// LoseWriteConnection sends what is queued, waits for a registered producer to unregister, whose data is still sent, and then sends the end of stream, as
	// LoseConnection does. Other data written after it is dropped. When the peer has ended its direction too, the connection ends: see [Transport]. Loop only.
	LoseWriteConnection()
}

// A BufferedTransport tells how much waits to be sent.
type BufferedTransport interface {
	// Buffered returns the number of bytes accepted by Write that have not left. Loop only.
	Buffered() int
	// SetMaxBuffered sets the bound on Buffered, in bytes; 0 restores [DefaultMaxBuffered]. Loop only.
	SetMaxBuffered(n int)
}

// A TCPTransport is a Transport over TCP. New connections have the system's defaults: Nagle's algorithm on, keep-alive off. Twisted: ITCPTransport.
type TCPTransport interface {
	NoDelay() (bool, error)
	SetNoDelay(on bool) error
	KeepAlive() (bool, error)
	// SetKeepAlive turns keep-alive probes on with the given idle time, rounded up to seconds, or off when idle is 0. A negative
	// idle turns them on with the system's times. OpenBSD has no other times: there a positive idle gives an error that matches errors.ErrUnsupported.
	SetKeepAlive(idle time.Duration) error
}

// A UNIXTransport can pass file descriptors. Twisted: IUNIXTransport.
type UNIXTransport interface {
	// SendFileDescriptor queues fd, which rides on the next byte written; the descriptor is duplicated, the caller keeps and closes its own. When
	// data ends before the descriptors do, the connection closes with [ErrFileDescriptorOverrun].
	SendFileDescriptor(fd int) error
}

// A SocketTransport tells the operating system's number of its socket, for options that have no method here. Twisted: ISystemHandle.
type SocketTransport interface {
	// Control runs f with the descriptor or handle, which stays the transport's and may not be kept.
	Control(f func(fd uintptr)) error
}

// An Interposer is a Transport on which a layer, such as TLS, can be put while it is in use.
type Interposer interface {
	// Interpose calls build at once with the raw transport and the present protocol. From the return on, the connection delivers to outer, with raw
	// as the transport, and the protocol's own Transport value, which it may have kept in a field, stands for upper: nothing that the inner
	// protocol holds can reach the wire past the layer. What was queued before is sent before. A registered producer moves to upper. When build fails
	// nothing changes and its error is returned.
	Interpose(build func(raw Transport, self Transport, inner Protocol) (outer Protocol, upper Transport, err error)) error
}

// An Unwrapper wraps another value of its own kind: a transport, a protocol or a factory.
type Unwrapper[T any] interface{ Unwrap() T }

// As finds the first value in v's chain of Unwrap methods, v included, that implements T. It works for transports, protocols, factories and errors.
// Use it where the connection is made, not once a call. A [FileSender] is v itself or not found.
func As[T any](v any) (T, bool) {
	_, alone := any((*T)(nil)).(*FileSender)
	for v != nil {
		if t, ok := v.(T); ok {
			return t, true
		}
		if alone {
			break
		}
		switch u := v.(type) {
		case Unwrapper[Transport]:
			v = u.Unwrap()
		case Unwrapper[Protocol]:
			v = u.Unwrap()
		case Unwrapper[Factory]:
			v = u.Unwrap()
		case Unwrapper[DatagramTransport]:
			v = u.Unwrap()
		case Unwrapper[error]:
			v = u.Unwrap()
		default:
			v = nil
		}
	}
	var zero T
	return zero, false
}
