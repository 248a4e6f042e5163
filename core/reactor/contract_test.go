// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

var quietLog = slog.New(slog.NewTextHandler(io.Discard, nil))

// running returns a reactor that runs until the test ends.
func running(t *testing.T, cfg reactor.Config) *reactor.Reactor {
	t.Helper()
	cfg.Logger = quietLog
	r, err := reactor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() }) // it may not have started yet
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

func give(p protocol.Protocol) protocol.Factory {
	return protocol.ForProtocol(func() protocol.Protocol { return p })
}

// needsUNIX skips where a poller has no UNIX sockets of that kind.
func needsUNIX(t *testing.T, poller, network string) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Poller: poller, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join(tempdir.Short(t), "s")
	if network == "unix" {
		_, err = r.ListenUNIX(path, give(protocol.Base{}), reactor.UNIXListenOptions{})
	} else {
		_, err = r.ListenUNIXDatagram(path, protocol.DatagramBase{}, reactor.UNIXDatagramOptions{})
	}
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
}

// TestTransportContract runs the rules of protocol.Transport over the connections of each poller.
func TestTransportContract(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		waits := poller == "poll" || poller == "select" // in their own way, and for the rest they are epoll's code
		for _, loops := range []int{1, 4} {
			if waits && loops > 1 {
				continue
			}
			cfg := reactor.Config{Poller: poller, Loops: loops}
			t.Run(fmt.Sprintf("tcp-%s-%d", poller, loops), func(t *testing.T) {
				protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
					r := running(t, cfg)
					return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
						r.CallFromThread(func() {
							port, err := r.ListenTCP("127.0.0.1:0", give(server), reactor.ListenOptions{})
							if err != nil {
								t.Error(err)
								return
							}
							r.ConnectTCP(port.Addr().String(), give(client), reactor.ConnectOptions{})
						})
					}}
				})
			})
		}
		if waits {
			continue
		}
		t.Run("unix-"+poller, func(t *testing.T) {
			needsUNIX(t, poller, "unix")
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				r := running(t, reactor.Config{Poller: poller})
				dir, n := tempdir.Short(t), 0
				return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
					n++
					path := filepath.Join(dir, fmt.Sprint(n))
					r.CallFromThread(func() {
						if _, err := r.ListenUNIX(path, give(server), reactor.UNIXListenOptions{}); err != nil {
							t.Error(err)
							return
						}
						r.ConnectUNIX(path, give(client), reactor.ConnectOptions{})
					})
				}}
			})
		})
	}
	t.Run("memory", func(t *testing.T) {
		protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
			m, err := reactortest.NewMemoryOf(reactor.Config{Logger: quietLog})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { m.Close() })
			return protocoltest.Harness{
				Connect: func(server, client protocol.Protocol) {
					port, err := m.ListenTCP("127.0.0.1:0", give(server), reactor.ListenOptions{})
					if err != nil {
						t.Fatal(err)
					}
					m.ConnectTCP(port.Addr().String(), give(client), reactor.ConnectOptions{})
					m.Settle()
				},
				Wait: func(done <-chan struct{}) bool {
					m.Settle()
					select {
					case <-done:
						return true
					default:
						return false
					}
				},
				Settle: m.Settle,
			}
		})
	})
}

// TestDatagramContract runs the rules of protocol.DatagramTransport over the ports of each poller.
func TestDatagramContract(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		t.Run("udp-"+poller, func(t *testing.T) {
			protocoltest.TestDatagram(t, func(t *testing.T) protocoltest.DatagramHarness {
				r := running(t, reactor.Config{Poller: poller})
				return protocoltest.DatagramHarness{
					Foreign: protocol.UDPAddr(netip.MustParseAddrPort("[::1]:9")),
					Listen: func(p protocol.DatagramProtocol, maxSize int) {
						r.CallFromThread(func() {
							if _, err := r.ListenMulticast("127.0.0.1:0", p, reactor.MulticastOptions{MaxSize: maxSize}); err != nil {
								t.Error(err)
							}
						})
					},
				}
			})
		})
		t.Run("unix-"+poller, func(t *testing.T) {
			needsUNIX(t, poller, "unixgram")
			protocoltest.TestDatagram(t, func(t *testing.T) protocoltest.DatagramHarness {
				r := running(t, reactor.Config{Poller: poller})
				dir, n := tempdir.Short(t), 0
				return protocoltest.DatagramHarness{
					Foreign: protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:9")),
					Listen: func(p protocol.DatagramProtocol, maxSize int) {
						n++
						path := filepath.Join(dir, fmt.Sprint(n))
						r.CallFromThread(func() {
							if _, err := r.ListenUNIXDatagram(path, p, reactor.UNIXDatagramOptions{MaxSize: maxSize}); err != nil {
								t.Error(err)
							}
						})
					},
				}
			})
		})
	}
}
