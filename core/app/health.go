// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
)

// What bounds the connections of --status.
const (
	maxStatusConns = 16
	statusTimeout  = 10 * time.Second
)

// A report is what --status tells.
type report struct {
	Program string         `json:"program"`
	Version string         `json:"version"`
	PID     int            `json:"pid"`
	Healthy bool           `json:"healthy"`
	Ready   bool           `json:"ready"`
	Service service.Status `json:"service"`
}

// states are those of the service by stage.
var states = map[stage]service.State{
	stageNew: service.Stopped, stageBinding: service.Binding, stageStarting: service.Starting, stageRunning: service.Running,
	stageStopping: service.Stopping, stageGone: service.Stopped,
}

// tree returns the status of the service: that of a service.Reporter, else what is known here. Loop only.
func (p *program) tree() service.Status {
	st := service.Status{State: states[p.stage]}
	if r, ok := p.svc.(service.Reporter); ok {
		st = r.Status()
	} else if p.stage == stageRunning {
		if p.ending {
			st.State = service.Draining
		}
		if c, ok := p.svc.(service.Checker); ok {
			st.HealthError = c.Health()
		}
		if r, ok := p.svc.(service.Readier); ok {
			st.ReadyError = r.Ready()
		}
	}
	st.Name = p.plugin.Name
	return st
}

// logStatus is for SIGINFO. Loop only.
func (p *program) logStatus() { p.log.Info("status", "service", p.tree()) }

func (p *program) report() ([]byte, error) {
	st := p.tree()
	text, err := json.Marshal(report{p.app.Name, p.app.Version, os.Getpid(), st.Health() == nil, st.Ready() == nil && !p.ending, st})
	return append(text, '\n'), err
}

// openStatus listens at --status, with all rights. Loop only.
func (p *program) openStatus() *deferred.Deferred[struct{}] {
	if p.options.status == "" {
		return deferred.SucceedOn(p.reactor, struct{}{})
	}
	fail := func(err error) error { return fmt.Errorf("--status: %w", err) }
	server, err := endpoint.ServerFromString(p.reactor, p.options.status)
	if err != nil {
		return deferred.FailOn[struct{}](p.reactor, fail(err))
	}
	conns := new(atomic.Int32)
	listening := server.Listen(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		if conns.Add(1) > maxStatusConns {
			conns.Add(-1)
			return nil, fmt.Errorf("--status: %d connections at a time are enough", maxStatusConns)
		}
		return &statusConn{p: p, conns: conns}, nil
	}))
	return deferred.ThenBoth(listening, func(port endpoint.Port, err error) (struct{}, error) {
		if err != nil {
			return struct{}{}, fail(err)
		}
		p.statusPort = port
		return struct{}{}, nil
	})
}

// closeStatus leaves --status to a successor. Loop only.
func (p *program) closeStatus() {
	if p.statusPort != nil {
		p.statusPort.StopListening().Done(func(struct{}, error) {}) // it is closed either way
		p.statusPort = nil
	}
}

// A statusConn answers with the report and closes.
type statusConn struct {
	protocol.Base
	p     *program
	conns *atomic.Int32
	timer protocol.DelayedCall
}

func (c *statusConn) ConnectionMade(t protocol.Transport) {
	loop := t.Loop()
	c.timer = loop.CallLater(statusTimeout, t.AbortConnection)
	c.p.reactor.CallFromThread(func() { // the service belongs to the first loop, the connection to any
		text, err := c.p.report()
		loop.CallFromThread(func() {
			if err != nil {
				c.p.log.Error("--status: the answer cannot be written", "error", err)
			} else {
				_, _ = t.Write(text) // the peer may have gone
			}
			t.LoseConnection()
		})
	})
}

func (c *statusConn) ConnectionLost(protocol.Transport, error) {
	_ = c.timer.Cancel() // it may be what runs
	c.conns.Add(-1)
}
