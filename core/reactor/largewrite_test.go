// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A scribbler writes known bytes from one buffer, in pieces on both sides of what is sent without a copy, and spoils the buffer after each Write.
type scribbler struct {
	protocol.Base
	size int
}

func (s *scribbler) ConnectionMade(t protocol.Transport) {
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 300<<10)
	for at := 0; at < s.size; {
		n := 1 + rng.IntN(100)
		if rng.IntN(3) == 0 {
			n = 1 + rng.IntN(len(buf))
		}
		p := buf[:min(n, s.size-at)]
		for i := range p {
			p[i] = scribble(at + i)
		}
		if rng.IntN(2) == 0 {
			t.Write(p)
		} else {
			t.WriteSequence([][]byte{p[:len(p)/3], nil, p[len(p)/3:]})
		}
		clear(p)
		at += len(p)
	}
	t.LoseConnection()
}

func scribble(i int) byte { return byte(i) ^ byte(i>>8) ^ byte(i>>16) }

// What is written arrives whole and in order whatever becomes of the writer's buffer, though the peer begins to read only after all was written.
func TestLargeWritesAreNotKept(t *testing.T) {
	const size = 12 << 20
	for _, poller := range reactor.Pollers() {
		r, err := reactor.New(reactor.Config{Poller: poller, MaxBuffered: 2 * size, Logger: quietLog})
		if err != nil {
			t.Fatal(err)
		}
		f := protocol.ForProtocol(func() *scribbler { return &scribbler{size: size} })
		port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", port.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		for r.Connections() == 0 {
			if err := r.Iterate(-1); err != nil {
				t.Fatal(err)
			}
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			defer c.Close()
			got, err := io.ReadAll(c)
			if err != nil || len(got) != size {
				t.Errorf("%s: got %d bytes of %d, %v", poller, len(got), size, err)
			}
			for i, b := range got {
				if b != scribble(i) {
					t.Errorf("%s: byte %d is %#x, want %#x", poller, i, b, scribble(i))
					return
				}
			}
		}()
		go func() {
			<-read
			r.Stop()
		}()
		if err := r.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}
