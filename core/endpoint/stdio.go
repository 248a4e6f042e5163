// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"io"
	"os"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// StandardIO is a server with one connection: standard input and output. Listen makes its protocol at once and can be called once; the second time fails with
// protocol.ErrAlreadyListened. Closing the connection closes both streams, half-closing it closes the output. Stopping the port changes nothing, for it
// will have no other connection. It must not be copied; its fields are immutable after start. Twisted: StandardIOEndpoint.
//
// On UNIX, files are watched by a reactor's loop, in non-blocking mode, which is taken back when they are closed: what they share with other programs, such as
// a terminal, works for those as before. An output that nobody reads any more ends the connection, also when nothing is written. Other streams, and other systems, have two
// goroutines. Lines end as the terminal or the file has them: a line protocol takes the delimiter "\n".
//
// As a string: stdio:, with arguments that are ignored.
type StandardIO struct {
	// Loop owns the connection.
	Loop protocol.Loop
	// In and Out are the streams; nil means os.Stdin and os.Stdout.
	In  io.ReadCloser
	Out io.WriteCloser

	used atomic.Bool
}

var _ Server = (*StandardIO)(nil)

// Listen makes the protocol.
func (s *StandardIO) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	if s.used.Swap(true) {
		return deferred.FailOn[Port](s.Loop, protocol.ErrAlreadyListened)
	}
	p, err := f.BuildProtocol(protocol.PipeAddr())
	if err == nil && p == nil {
		err = protocol.ErrNoProtocol
	}
	if err != nil {
		return cannotListen(s.Loop, "stdio", err)
	}
	in, out := s.In, s.Out
	if in == nil {
		in = os.Stdin
	}
	if out == nil {
		out = os.Stdout
	}
	if !attachFiles(s.Loop, in, out, p) {
		bridge.Attach(s.Loop, &duplex{in, out}, p)
	}
	return deferred.SucceedOn[Port](s.Loop, stdioPort{s.Loop})
}

// A duplex is two streams as one.
type duplex struct {
	io.ReadCloser
	out io.WriteCloser
}

func (d *duplex) Write(p []byte) (int, error) { return d.out.Write(p) }

func (d *duplex) CloseWrite() error { return d.out.Close() }

func (d *duplex) Close() error {
	d.out.Close() // an error only tells that CloseWrite was called
	return d.ReadCloser.Close()
}

type stdioPort struct{ loop protocol.Loop }

func (stdioPort) Addr() protocol.Addr { return protocol.PipeAddr() }

func (p stdioPort) StopListening() *deferred.Deferred[struct{}] {
	return deferred.SucceedOn(p.loop, struct{}{})
}

func parseStandardIO(r Reactor, _ *Args) (Server, error) { return &StandardIO{Loop: r}, nil }
