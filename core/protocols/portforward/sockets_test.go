// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/portforward"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// serving runs a forwarder over sockets and returns its address.
func serving(t *testing.T, loops int, cfg portforward.Config) (string, *portforward.Forwarder) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: loops, Logger: quiet(), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Logger = quiet()
	f, err := portforward.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return p.Addr().String(), f
}

// echoing is an echo server, which closes when its peer has.
func echoing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				io.Copy(c, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// Bulk data arrives whole, over one loop and over several, whose pairs each stay on one loop: under -race a call from another would be caught.
func TestBulk(t *testing.T) {
	for _, loops := range []int{1, 3} {
		addr, _ := serving(t, loops, portforward.Config{Dial: portforward.ToString(nil, "tcp:"+echoing(t))})
		data := make([]byte, 3<<20)
		random := rand.NewChaCha8([32]byte{1})
		random.Read(data)
		var wg sync.WaitGroup
		for range 6 {
			c := dial(t, addr)
			wg.Go(func() {
				c.Write(data)
				c.CloseWrite()
			})
			wg.Go(func() {
				got, err := io.ReadAll(c)
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("%d loops: %d of %d bytes, equal %v, %v", loops, len(got), len(data), bytes.Equal(got, data), err)
				}
			})
		}
		wg.Wait()
	}
}

// A client that goes away while the upstream is connected gives the attempt up (class 62).
func TestClientGoesFirst(t *testing.T) {
	if sys.Wine() {
		t.Skip("wine 8 takes a reset for the end of the stream when nothing is being read")
	}
	cancelled, connecting := make(chan struct{}), make(chan struct{})
	addr, f := serving(t, 1, portforward.Config{Dial: func(loop endpoint.Reactor) (endpoint.Client, error) {
		return endpoint.ClientFunc(func(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			close(connecting)
			return deferred.NewCancellable(loop, func(*deferred.Deferred[protocol.Protocol]) { close(cancelled) })
		}), nil
	}})
	c := dial(t, addr)
	<-connecting
	c.SetLinger(0)
	c.Close()
	select {
	case <-cancelled:
	case <-time.After(30 * time.Second):
		t.Fatalf("the attempt goes on: %+v", f.Stats())
	}
}

// The peers of every day half-close, and get the answer that comes afterwards.
func TestWithNcAndSocat(t *testing.T) {
	addr, _ := serving(t, 1, portforward.Config{Dial: portforward.ToString(nil, "tcp:"+echoing(t))})
	host, port, _ := net.SplitHostPort(addr)
	for _, command := range [][]string{{"nc", "-N", host, port}, {"socat", "-t", "30", "-", "TCP4:" + addr}} {
		t.Run(command[0], func(t *testing.T) {
			path, err := exec.LookPath(command[0])
			if err != nil {
				t.Skipf("%s is not installed", command[0])
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, command[1:]...)
			question := strings.Repeat("who is there?\n", 10000)
			cmd.Stdin = strings.NewReader(question)
			if out, err := cmd.Output(); err != nil || string(out) != question {
				t.Errorf("%d of %d bytes, %v", len(out), len(question), err)
			}
		})
	}
}

// A forwarder in memory, with the peer in the example's hands.
func ExampleForwarder() {
	f, err := portforward.New(portforward.Config{Dial: portforward.ToString(nil, "tcp:10.0.0.7:5432"), ProxyHeader: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: quiet()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	m.ListenTCP("127.0.0.1:80", f, reactor.ListenOptions{})
	client := m.Dial("127.0.0.1:80")
	client.Write([]byte("hello"))
	m.Settle()
	server := m.Answer("10.0.0.7:5432")
	m.Settle()
	got := string(server.Received())
	fmt.Println(strings.HasPrefix(got, "PROXY TCP4 127.0.0.1"), strings.HasSuffix(got, "hello"), f.Stats().Active)
	// Output: true true 1
}
