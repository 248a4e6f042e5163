// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// UNIXServer listens on a UNIX socket. Its fields are immutable after start. Twisted: UNIXServerEndpoint.
//
// As a string: unix:PATH:MODE:BACKLOG:LOCKFILE. There the lock file is on unless it says lockfile=0.
type UNIXServer struct {
	Reactor Reactor
	// Path is the path of the socket. One that begins with a NUL is a name in Linux's abstract namespace.
	Path string
	// Mode is the socket's permission bits; 0 means 0666.
	Mode fs.FileMode
	// Backlog is how many connections may wait to be accepted; 0 means reactor.DefaultBacklog.
	Backlog int
	// LockFile holds Path.lock while listening, so that the socket of an owner that died is replaced and that of a live one is not.
	LockFile bool
}

var _ Server = (*UNIXServer)(nil)

// Listen opens the socket.
func (s *UNIXServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	p, err := s.Reactor.ListenUNIX(s.Path, f, reactor.UNIXListenOptions{Backlog: s.Backlog, Mode: s.Mode, LockFile: s.LockFile})
	return listening(s.Reactor, p, err)
}

// UNIXClient connects to a UNIX socket. Its fields are immutable after start. Twisted: UNIXClientEndpoint.
//
// As a string: unix:PATH, with timeout=SECONDS and lockfile=0|1.
type UNIXClient struct {
	Reactor Reactor
	// Path is the path of the socket; see [UNIXServer].
	Path string
	// Timeout bounds the attempt; 0 means protocol.ConnectTimeout.
	Timeout time.Duration
	// CheckLock fails with class protocol.ErrBadFile unless a live process holds Path.lock.
	CheckLock bool
}

var _ Client = (*UNIXClient)(nil)

// Connect connects.
func (c *UNIXClient) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	return c.Reactor.ConnectUNIX(c.Path, f, reactor.ConnectOptions{Timeout: c.Timeout, CheckLock: c.CheckLock}).WhenConnected()
}

func parseUNIXServer(r Reactor, a *Args) (Server, error) {
	a.Order("address", "mode", "backlog", "lockfile")
	a.Require("address")
	s := &UNIXServer{
		Reactor:  r,
		Path:     a.Text("address", ""),
		Mode:     fs.FileMode(a.Octal("mode", 0o666)),
		Backlog:  a.Int("backlog", defaultBacklog),
		LockFile: a.Flag("lockfile", true),
	}
	if s.Mode == 0 || s.Mode > 0o777 {
		a.Fail("mode", fmt.Sprintf("not between 1 and 777: %o", uint32(s.Mode)), nil)
	}
	return s, a.Err()
}

func parseUNIXClient(r Reactor, a *Args) (Client, error) {
	a.Order("path")
	a.Require("path")
	c := &UNIXClient{Reactor: r, Path: a.Text("path", ""), Timeout: timeout(a), CheckLock: a.Flag("lockfile", false)}
	return c, a.Err()
}
