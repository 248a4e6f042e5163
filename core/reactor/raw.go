// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A rawConn is a connection below the layer that was put on it. It does what its conn would do without the layer. Loop only.
type rawConn struct{ c *conn }

type rawTCP struct {
	rawConn
	*tcpOptions
}

type rawUNIX struct{ rawConn }

func (r *rawUNIX) SendFileDescriptor(fd int) error {
	r.c.check("reactor: Transport.SendFileDescriptor")
	return r.c.sendFileDescriptor(fd)
}

// raw returns the connection below the layers, in a type with the same abilities.
func (c *conn) raw() protocol.Transport {
	if _, ok := c.self().(*unixConn); ok {
		return &rawUNIX{rawConn{c}}
	}
	return &rawTCP{rawConn{c}, (*tcpOptions)(c)}
}

func (r rawConn) Write(p []byte) (int, error) {
	r.c.check("reactor: Transport.Write")
	return r.c.write(p)
}

func (r rawConn) WriteSequence(v [][]byte) (int, error) {
	r.c.check("reactor: Transport.WriteSequence")
	return r.c.writeSequence(v)
}

func (r rawConn) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	r.c.check("reactor: Transport.RegisterProducer")
	return r.c.registerProducer(p, mode)
}

func (r rawConn) UnregisterProducer() {
	r.c.check("reactor: Transport.UnregisterProducer")
	r.c.unregisterProducer()
}

func (r rawConn) Pause() {
	r.c.check("reactor: Transport.Pause")
	r.c.pause(true)
}

func (r rawConn) Resume() {
	r.c.check("reactor: Transport.Resume")
	r.c.pause(false)
}

func (r rawConn) Stop(error) { r.LoseConnection() }

func (r rawConn) LoseConnection() {
	r.c.check("reactor: Transport.LoseConnection")
	r.c.loseConnection()
}

func (r rawConn) AbortConnection() {
	r.c.check("reactor: Transport.AbortConnection")
	r.c.abortConnection()
}

func (r rawConn) LoseWriteConnection() {
	r.c.check("reactor: Transport.LoseWriteConnection")
	r.c.loseWriteConnection()
}

func (r rawConn) Buffered() int {
	r.c.check("reactor: Transport.Buffered")
	return r.c.waiting()
}

func (r rawConn) SetMaxBuffered(n int) {
	r.c.check("reactor: Transport.SetMaxBuffered")
	r.c.setMaxBuffered(n)
}

func (r rawConn) LocalAddr() net.Addr              { return r.c.local }
func (r rawConn) RemoteAddr() net.Addr             { return r.c.remote }
func (r rawConn) Loop() protocol.Loop              { return r.c.loop }
func (r rawConn) Control(f func(fd uintptr)) error { return r.c.Control(f) }
