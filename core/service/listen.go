// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A ListeningPort is what a ListenService opens: every port of a reactor is one.
type ListeningPort interface {
	StopListening() *deferred.Deferred[struct{}]
}

// A ListenService is a Service around any port that is opened by a call: UDP, multicast, UNIX datagrams, or a stream port with options that no endpoint has. The port
// is opened by Bind, or by Start without it, and closed by Stop. Twisted: TCPServer, UNIXServer, UDPServer, UNIXDatagramServer, UNIXDatagramClient, MulticastServer
// and their kin in application.internet. Loop only.
type ListenService[P ListeningPort] struct {
	node
	life   life
	listen func() (P, error)
	port   P
	open   bool
}

// NewListenService returns a service of the port that listen opens. Most often listen is a closure around a method of the reactor:
//
//	service.NewListenService(r, func() (*reactor.DatagramPort, error) { return r.ListenUDP(":53", p, reactor.PacketOptions{}) })
func NewListenService[P ListeningPort](loop protocol.Loop, listen func() (P, error)) *ListenService[P] {
	s := &ListenService[P]{node: node{loop: loop}, listen: listen}
	s.life = life{loop: loop, bind: s.bind, down: s.stop}
	s.life.up = s.life.done
	return s
}

// Port returns the port; ok is false while it is closed.
func (s *ListenService[P]) Port() (p P, ok bool) { return s.port, s.open }

// Bind opens the port.
func (s *ListenService[P]) Bind() *deferred.Deferred[struct{}] { return s.life.Bind() }

// Start opens the port unless Bind has.
func (s *ListenService[P]) Start() *deferred.Deferred[struct{}] { return s.life.Start() }

// Stop closes the port.
func (s *ListenService[P]) Stop() *deferred.Deferred[struct{}] { return s.life.Stop() }

func (s *ListenService[P]) bind() *deferred.Deferred[struct{}] {
	port, err := s.listen()
	if err != nil {
		return deferred.FailOn[struct{}](s.loop, err)
	}
	s.port, s.open = port, true
	return s.life.done()
}

func (s *ListenService[P]) stop() *deferred.Deferred[struct{}] {
	if !s.open {
		return s.life.done()
	}
	port := s.port
	var none P
	s.port, s.open = none, false
	return closed(port)
}

// closed closes a port; one that is closed already is no error.
func closed(p ListeningPort) *deferred.Deferred[struct{}] {
	return p.StopListening().AddErrback(func(err error) (struct{}, error) {
		if errors.Is(err, protocol.ErrNotListening) {
			err = nil
		}
		return struct{}{}, err
	})
}
