// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"context"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/service/servicetest"
	"github.com/torsion-go/torsion/core/task"
)

var echoes = protocol.ForProtocol(func() protocol.Protocol { return &protocoltest.Accumulating{} })

// timers tells what a clock has still to call.
func timers(c *protocoltest.Clock) func() []string {
	return func() (open []string) {
		for _, dc := range c.Calls() {
			open = append(open, "timer at "+dc.Time().String())
		}
		return open
	}
}

func TestConformance(t *testing.T) {
	onClock := map[string]func(c *protocoltest.Clock) service.Service{
		"timer": func(c *protocoltest.Clock) service.Service {
			return service.NewTimer(c, second, func() error { return nil })
		},
		"slow timer": func(c *protocoltest.Clock) service.Service {
			return service.NewTimerD(c, second, func() *deferred.Deferred[struct{}] { return task.Sleep(c, 10*second) })
		},
		"cooperator": func(c *protocoltest.Clock) service.Service { return service.NewCooperator(c, task.CooperatorOptions{}) },
		"goroutine": func(c *protocoltest.Clock) service.Service {
			return service.Func(c, func(ctx context.Context, ready func()) error {
				ready()
				<-ctx.Done()
				return ctx.Err()
			})
		},
		"goroutine that is never ready": func(c *protocoltest.Clock) service.Service {
			return service.Func(c, func(ctx context.Context, ready func()) error { return nil })
		},
		"listen": func(c *protocoltest.Clock) service.Service {
			return service.NewListenService(c, func() (fakePort, error) { return fakePort{c}, nil })
		},
		"stream server": func(c *protocoltest.Clock) service.Service {
			return service.NewStreamServer(c, &endpoint.MemoryServer{Loop: c, Name: "x", Network: new(endpoint.MemoryNetwork)}, echoes, service.StreamServerConfig{Logger: quiet})
		},
		"slow stream server": func(c *protocoltest.Clock) service.Service {
			return service.NewStreamServer(c, &slowServer{clock: c}, &shutter{echoes}, service.StreamServerConfig{Logger: quiet})
		},
		"client": func(c *protocoltest.Clock) service.Service {
			return service.NewClient(c, &endpoint.MemoryClient{Loop: c, Name: "x", Network: new(endpoint.MemoryNetwork)}, echoes, service.ClientConfig{Logger: quiet})
		},
		"connected client": func(c *protocoltest.Clock) service.Service {
			n := new(endpoint.MemoryNetwork)
			(&endpoint.MemoryServer{Loop: c, Name: "x", Network: n}).Listen(echoes)
			return service.NewClient(c, &endpoint.MemoryClient{Loop: c, Name: "x", Network: n}, echoes, service.ClientConfig{Logger: quiet})
		},
		"multi":         func(c *protocoltest.Clock) service.Service { return service.NewMulti(c, service.MultiConfig{}) },
		"multi of many": func(c *protocoltest.Clock) service.Service { return many(c, service.MultiConfig{Logger: quiet}) },
		"multi of many together": func(c *protocoltest.Clock) service.Service {
			return many(c, service.MultiConfig{Logger: quiet, StartTogether: true, StopInOrder: true})
		},
		"supervisor": func(c *protocoltest.Clock) service.Service {
			s := service.NewSupervisor(c, service.SupervisorConfig{Logger: quiet})
			s.Add("many", many(c, service.MultiConfig{}), service.ChildConfig{Shutdown: -1})
			s.Add("inner", service.NewSupervisor(c, service.SupervisorConfig{}), service.ChildConfig{})
			return s
		},
	}
	for name, make := range onClock {
		t.Run(name, func(t *testing.T) {
			servicetest.Run(t, func(t *testing.T) servicetest.Subject {
				c := protocoltest.NewClock()
				return servicetest.Subject{Service: make(c), Until: servicetest.OnClock(c), Open: timers(c), Forgiving: true}
			})
		})
	}
	inMemory := map[string]func(m *reactortest.Memory) service.Service{
		"tcp": func(m *reactortest.Memory) service.Service {
			s, err := service.Listen(m, "tcp:80", echoes)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"udp": func(m *reactortest.Memory) service.Service {
			return service.NewListenService(m, func() (*reactor.DatagramPort, error) {
				return m.ListenUDP("127.0.0.1:53", protocol.DatagramBase{}, reactor.PacketOptions{})
			})
		},
	}
	for name, make := range inMemory {
		t.Run(name, func(t *testing.T) {
			servicetest.Run(t, func(t *testing.T) servicetest.Subject {
				m := reactortest.NewMemory(t)
				return servicetest.Subject{Service: make(m), Forgiving: true,
					Until: func(t testing.TB, cond func() bool) {
						m.Settle()
						if !cond() {
							t.Fatal("nothing happened")
						}
					},
					Open: func() (open []string) {
						for _, a := range m.Listening() {
							open = append(open, a.String())
						}
						return open
					},
				}
			})
		})
	}
}

func many(c *protocoltest.Clock, cfg service.MultiConfig) *service.Multi {
	m := service.NewMulti(c, cfg)
	m.Add("server", service.NewStreamServer(c, &slowServer{clock: c}, &shutter{echoes}, service.StreamServerConfig{}))
	m.Add("timer", service.NewTimerD(c, second, func() *deferred.Deferred[struct{}] { return task.Sleep(c, 10*second) }))
	inner := service.NewMulti(c, service.MultiConfig{})
	inner.Add("", service.NewListenService(c, func() (fakePort, error) { return fakePort{c}, nil }))
	m.Add("inner", inner)
	return m
}

// A fakePort takes a turn to close.
type fakePort struct{ clock *protocoltest.Clock }

func (p fakePort) StopListening() *deferred.Deferred[struct{}] { return task.Sleep(p.clock, 0) }
func (p fakePort) Addr() protocol.Addr                         { return protocol.MemoryAddr("fake") }

// A slowServer takes a second to listen.
type slowServer struct{ clock *protocoltest.Clock }

func (s *slowServer) Listen(protocol.Factory) *deferred.Deferred[endpoint.Port] {
	return deferred.Then(task.Sleep(s.clock, second), func(struct{}) (endpoint.Port, error) { return fakePort{s.clock}, nil })
}

// A shutter is a factory that can be shut down; it is done at once.
type shutter struct{ protocol.Factory }

func (*shutter) Shutdown(context.Context) error { return nil }
