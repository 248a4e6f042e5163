// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import "net"

// A Protocol handles one stream connection. It is Twisted's IProtocol with the transport as an argument.
//
// The rules, which every transport keeps and protocoltest checks:
//
//   - ConnectionMade is called once and first.
//   - DataReceived is called any number of times with one or more bytes, split anywhere.
//   - ConnectionLost is called exactly once and last; no callback follows it.
//   - The callbacks of one connection never overlap and all run on the loop that owns it. No callback runs inside a call that the
//     protocol makes on its transport, Write and AbortConnection included; the exceptions are the Producer methods that are documented to be
//     called synchronously.
//   - t is the same value in every callback of a connection and may be kept in a field, used on the loop only.
//   - A panic in a callback ends this connection only: ConnectionLost gets the *PanicError.
type Protocol interface {
	// ConnectionMade reports that the connection is established. On TLS it comes before the handshake; see [HandshakeListener].
	ConnectionMade(t Transport)
	// DataReceived delivers bytes. p is lent until return: copy what must be kept. Changing it is allowed.
	DataReceived(t Transport, p []byte)
	// ConnectionLost reports the end. reason is never nil; see [ConnectionLoss] for its classes.
	ConnectionLost(t Transport, reason error)
}

// Base has the three methods of [Protocol], each of which does nothing. Embed it and write only those that you need. It holds no state.
type Base struct{}

// ConnectionMade does nothing.
func (Base) ConnectionMade(Transport) {}

// DataReceived ignores p.
func (Base) DataReceived(Transport, []byte) {}

// ConnectionLost does nothing.
func (Base) ConnectionLost(Transport, error) {}

// A HalfCloser is a Protocol that takes part in half-close: it is told of the end of each direction apart. Without it, the peer's end of stream is the
// end of the connection. It is looked up once, through Unwrap, when the connection is made. Twisted: IHalfCloseableProtocol.
type HalfCloser interface {
	// ReadConnectionLost reports that the peer will send nothing more. Writing goes on.
	ReadConnectionLost(t Transport)
	// WriteConnectionLost reports that LoseWriteConnection has sent all data and the end of stream.
	WriteConnectionLost(t Transport)
}

// A HandshakeListener is a Protocol that is told when the TLS handshake of its connection is complete, once, a resumed session included.
// Twisted: IHandshakeListener.
type HandshakeListener interface {
	HandshakeCompleted(t Transport)
}

// A FileDescriptorReceiver is a Protocol that accepts descriptors passed over a UNIX socket. fd belongs to the protocol, which has to close it. It
// is delivered before the byte of data that it came with. Twisted: IFileDescriptorReceiver.
type FileDescriptorReceiver interface {
	FileDescriptorReceived(t Transport, fd int)
}

// A BufferDiscarder is a Protocol that buffers undelivered input, as line receivers do. DiscardBuffered drops that input and returns how many bytes it
// was. It is called when the connection is upgraded to TLS, so that what was injected in plain text before the handshake is never run
// (CVE-2011-0411).
type BufferDiscarder interface {
	DiscardBuffered() int
}

// A Factory makes the protocols of a server's or client's connections.
type Factory interface {
	// BuildProtocol returns the protocol for a connection with peer. Returning nil and nil refuses the connection, which is closed;
	// an error is logged and closes it too. With several loops it is called from each of them, at the same time.
	BuildProtocol(peer net.Addr) (Protocol, error)
}

// FactoryFunc makes a Factory of a function.
type FactoryFunc func(peer net.Addr) (Protocol, error)

// BuildProtocol calls f.
func (f FactoryFunc) BuildProtocol(peer net.Addr) (Protocol, error) { return f(peer) }

// ForProtocol returns a Factory that makes each connection's protocol by calling f. Twisted: Factory.forProtocol.
func ForProtocol[P Protocol](f func() P) Factory {
	return FactoryFunc(func(net.Addr) (Protocol, error) { return f(), nil })
}

// A Starter is a Factory that is told when the first of its ports starts to listen, or its first connection attempt begins. Twisted: startFactory.
type Starter interface{ StartFactory() }

// A Stopper is a Factory that is told when the last of its ports or connection attempts has ended. Twisted: stopFactory.
type Stopper interface{ StopFactory() }

// An ALPNFactory is a Factory that supplies the TLS application protocols that it accepts, in its order of preference, where the TLS configuration names none.
// Twisted: IProtocolNegotiationFactory.
type ALPNFactory interface{ AcceptableProtocols() []string }
