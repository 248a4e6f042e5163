// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// AdoptStreamPort listens on an open socket that listens already, TCP or UNIX. fd is duplicated: the caller keeps and closes its own, and other processes that
// share the socket go on. Of opt, Backlog, ReusePort and V6Only have no meaning. A UNIX socket's file is left alone. Twisted: adoptStreamPort. Loop only.
func (l *Loop) AdoptStreamPort(fd int, f protocol.Factory, opt ListenOptions) (*Port, error) {
	p := &Port{loop: l, factory: f, opt: opt, where: fmt.Sprintf("descriptor %d", fd), fd: fd}
	fd, done, err := adoptable(fd)
	if err != nil {
		return nil, cannotListen(p.where, err)
	}
	defer done()
	p.cfg = poll.ListenConfig{Network: "tcp", AdoptFD: fd}
	return p.listen("reactor: AdoptStreamPort")
}

// AdoptStreamConnection makes a connection of an open, connected stream socket, TCP or UNIX. fd is duplicated as by AdoptStreamPort. The protocol's callbacks
// begin in a later pass. Twisted: adoptStreamConnection. Loop only.
func (l *Loop) AdoptStreamConnection(fd int, f protocol.Factory) (*Connector, error) {
	if err := l.open("reactor: AdoptStreamConnection"); err != nil {
		return nil, err
	}
	c := &Connector{loop: l, factory: f, where: fmt.Sprintf("descriptor %d", fd), opt: ConnectOptions{Timeout: -1}, adopted: true, service: protocol.ServiceName(f), made: l.r.origin()}
	fd, done, err := adoptable(fd)
	if err != nil {
		return nil, protocol.NewConnectError(c.where, err)
	}
	defer done()
	c.cfg = poll.DialConfig{Network: "tcp", AdoptFD: fd}
	if c.attempt, err = l.poller.Dial(&c.cfg, dialHandler{c, 1}); err != nil {
		return nil, protocol.NewConnectError(c.where, err)
	}
	c.state, c.number, c.started = Connecting, 1, true
	l.resources[c] = struct{}{}
	l.r.startFactory(l, f)
	return c, nil
}

// adoptable returns fd, or a duplicate in place of descriptor 0, which a poller takes for none.
func adoptable(fd int) (n int, done func(), err error) {
	if fd < 0 {
		return 0, nil, errors.New("no descriptor")
	}
	if fd > 0 {
		return fd, func() {}, nil
	}
	n, err = duplicate(fd)
	return n, func() { closeDescriptor(n) }, err
}
