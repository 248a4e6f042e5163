// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
)

const (
	fetchEvery   = time.Minute
	fetchTimeout = 20 * time.Second
	maxAnswer    = 64 << 10
)

// A neighbour is another finger server, whose users ours knows too, as name@neighbour.
type neighbour struct {
	loop   protocol.Loop
	name   string
	client endpoint.Client
	users  *userFile
}

// newNeighbour returns a service that asks a neighbour once a minute, and sooner, but not too soon, after a failure.
func newNeighbour(n *neighbour) (service.Service, error) {
	fetching := service.NewSupervisor(n.loop, service.SupervisorConfig{
		Intensity: 10,
		Period:    time.Minute,
		Backoff:   service.BackoffPolicy{}.Delay,
	})
	return fetching, fetching.Add(n.name, service.NewTimerD(n.loop, fetchEvery, n.fetch), service.ChildConfig{})
}

// fetch asks for the list of users.
func (n *neighbour) fetch() *deferred.Deferred[struct{}] {
	dialling := endpoint.Dial(n.client, func() *asking { return new(asking) })
	list := deferred.ThenD(dialling, func(a *asking) *deferred.Deferred[string] { return a.list })
	list.AddTimeout(fetchTimeout, nil)
	return deferred.Then(list, func(text string) (struct{}, error) {
		users, err := parseUsers(text)
		if err != nil {
			return struct{}{}, err
		}
		n.users.setRemote(n.name, users)
		return struct{}{}, nil
	})
}

// An asking is a connection to a neighbour. It collects the answer to an empty question, which is the list of users.
type asking struct {
	list *deferred.Deferred[string]
	text []byte
}

func (a *asking) ConnectionMade(t protocol.Transport) {
	a.list = deferred.NewCancellable(t.Loop(), func(*deferred.Deferred[string]) { t.AbortConnection() })
	t.Write([]byte("\r\n"))
}

func (a *asking) DataReceived(t protocol.Transport, p []byte) {
	if a.text = append(a.text, p...); len(a.text) > maxAnswer {
		t.AbortConnection()
	}
}

func (a *asking) ConnectionLost(_ protocol.Transport, reason error) {
	if !errors.Is(reason, io.EOF) {
		_ = a.list.Errback(reason) // the time may have been up already
		return
	}
	_ = a.list.Callback(strings.ToValidUTF8(string(a.text), "?"))
}
