// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// portableRetry is how soon a UNIX connection is tried again when the listener's queue is full.
const portableRetry = 10 * time.Millisecond

// A portableAttempt has a goroutine until its outcome is known. Close cancels it; the poller's Close waits for it.
type portableAttempt struct {
	p      *portable
	h      DialHandler
	cancel context.CancelFunc
	conn   net.Conn // with err the goroutine's until post, then the loop's
	err    error
	closed bool
}

func (p *portable) Dial(cfg *DialConfig, h DialHandler) (Attempt, error) {
	if p.closed {
		return nil, net.ErrClosed
	}
	a := &portableAttempt{p: p, h: h, cancel: func() {}}
	if cfg.AdoptFD != 0 {
		conn, err := adoptConn(cfg.AdoptFD)
		if err != nil {
			return nil, err
		}
		a.conn = conn
		p.post(a)
		return a, nil
	}
	t, err := parse(cfg.Network, cfg.Address, "tcp", "unix")
	if err != nil {
		return nil, err
	}
	d := net.Dialer{KeepAlive: -1}
	d.SetMultipathTCP(false)
	if cfg.Local != "" && !t.unix {
		local, err := parse("tcp", cfg.Local, "tcp", "unix")
		if err != nil {
			return nil, &protocol.ConnectError{Class: protocol.ErrConnectBind, Addr: cfg.Address, Err: err}
		}
		addr := net.TCPAddrFromAddrPort(local.ap)
		d.LocalAddr, d.Control = addr, bindOptions(false, addr.Port != 0)
	}
	network, address := t.net("tcp", false)
	if t.unix {
		network = "unix"
	}
	ctx, cancel := context.WithCancel(p.ctx)
	a.cancel = cancel
	p.wg.Add(1)
	// The poller's Close waits for it.
	go a.dial(ctx, &d, network, address)
	return a, nil
}

func (a *portableAttempt) dial(ctx context.Context, d *net.Dialer, network, address string) {
	defer a.p.wg.Done()
	for {
		a.conn, a.err = d.DialContext(ctx, network, address)
		if network != "unix" || !errors.Is(a.err, syscall.EAGAIN) {
			break
		}
		select {
		case <-time.After(portableRetry):
			continue
		case <-ctx.Done():
		}
		break
	}
	if a.err == nil {
		plain(a.conn)
	} else if s, ok := errors.AsType[*os.SyscallError](a.err); ok && s.Syscall == "bind" {
		a.err = &protocol.ConnectError{Class: protocol.ErrConnectBind, Addr: address, Err: common(a.err)}
	} else {
		a.err = common(a.err)
	}
	a.p.post(a)
}

func (a *portableAttempt) run() {
	a.cancel()
	if a.closed || a.p.closed {
		if a.conn != nil {
			a.conn.Close()
		}
		return
	}
	a.closed = true
	a.p.upcalls++
	if a.err != nil {
		a.h.Dialed(Socket{}, a.err)
		return
	}
	a.h.Dialed(netSocket(a.conn), nil)
}

func (a *portableAttempt) Close() {
	a.closed = true
	a.cancel()
}

var _ Attempt = (*portableAttempt)(nil)
