// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package handover_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// The variables by which this program, run by its tests, is the server.
const (
	envServe = "HANDOVER_TEST_SERVE" // endpoints, and udp:ADDRESS
	envFault = "HANDOVER_TEST_FAULT" // what a successor does instead
	envPID   = "HANDOVER_TEST_PIDFILE"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(envServe); what != "" {
		if err := serve(strings.Fields(what)); err != nil {
			fmt.Fprintln(os.Stderr, os.Getpid(), err)
			os.Exit(1)
		}
		return
	}
	leaktest.Main(m)
}

// serve is a server that tells its process number to whoever connects, and hands over at SIGUSR2.
func serve(what []string) error {
	from, err := handover.Inherited()
	if err != nil {
		return err
	}
	switch fault := os.Getenv(envFault); {
	case from == nil, fault == "":
	case fault == "exit":
		os.Exit(3)
	case fault == "hang":
		fmt.Println("hangs", os.Getpid())
		time.Sleep(time.Hour)
	}
	r, err := reactor.New(reactor.Config{Inherited: from.Sockets(), InstallSignalHandlers: true, Loops: 2})
	if err != nil {
		return err
	}
	up, err := handover.New(r, handover.Config{PIDFile: os.Getenv(envPID)})
	if err != nil {
		return err
	}
	if path := os.Getenv(envPID); path != "" && from == nil {
		if err := handover.WritePIDFile(path, os.Getpid()); err != nil {
			return err
		}
	}
	s := &server{r: r}
	r.CallWhenRunning(func() {
		if err := s.listen(what); err != nil {
			fmt.Fprintln(os.Stderr, os.Getpid(), err)
			os.Exit(1)
		}
		if os.Getenv(envFault) == "late" && from != nil {
			os.Exit(4)
		}
		brief := os.Getenv(envFault) == "brief" && from != nil
		if brief { // the predecessor learns of all that follows when it is over
			if err := syscall.Kill(from.Predecessor(), syscall.SIGSTOP); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		if err := from.Ready(nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		if brief {
			_ = r.Stop()
			return
		}
		fmt.Println("ready", os.Getpid(), strings.Join(s.addrs, " "))
	})
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	go func() { // ends with the process
		for range asked {
			r.CallFromThread(func() {
				up.Start(nil, nil).Done(func(pid int, err error) {
					if err != nil {
						fmt.Println("failed", err)
						return
					}
					s.leave()
				})
			})
		}
	}()
	if err := r.Run(context.Background()); err != nil {
		return err
	}
	fmt.Println("ended", os.Getpid())
	if path := os.Getenv(envPID); path != "" {
		return handover.RemovePIDFile(path, os.Getpid())
	}
	return nil
}

type server struct {
	r     *reactor.Reactor
	stops []func() *deferred.Deferred[struct{}]
	addrs []string
}

func (s *server) listen(what []string) error {
	for _, w := range what {
		if addr, ok := strings.CutPrefix(w, "udp:"); ok {
			p, err := s.r.ListenUDP(addr, &counter{}, reactor.PacketOptions{})
			if err != nil {
				return err
			}
			s.stops, s.addrs = append(s.stops, p.StopListening), append(s.addrs, p.LocalAddr().String())
			continue
		}
		var port endpoint.Port
		var failed error
		ep, err := endpoint.ServerFromString(s.r, w)
		if err != nil {
			return err
		}
		ep.Listen(protocol.ForProtocol(func() protocol.Protocol { return number{} })).Done(func(p endpoint.Port, err error) { port, failed = p, err })
		if failed != nil {
			return failed
		}
		s.stops, s.addrs = append(s.stops, port.StopListening), append(s.addrs, port.Addr().String())
	}
	return nil
}

// leave stops when all ports are closed and all connections have had their answer.
func (s *server) leave() {
	left := len(s.stops)
	for _, stop := range s.stops {
		stop().Done(func(_ struct{}, err error) {
			if left--; left == 0 {
				_ = s.r.Stop()
			}
		})
	}
}

// number tells the process number, and ends.
type number struct{ protocol.Base }

func (number) ConnectionMade(t protocol.Transport) {
	fmt.Fprintf(t, "%d\n", os.Getpid())
	t.LoseConnection()
}

// counter answers each datagram with itself and the process number.
type counter struct{ protocol.DatagramBase }

func (*counter) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	_ = t.WriteTo(fmt.Appendf(nil, "%s %d", p, os.Getpid()), from) // the test notices
}
