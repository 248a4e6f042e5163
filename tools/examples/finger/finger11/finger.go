// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
)

var errNoUser = errors.New("no such user")

// A directory knows the users. The name "" asks for all of them.
type directory interface {
	User(name string) *deferred.Deferred[string]
}

// A finger is one connection.
type finger struct {
	users  directory
	answer *deferred.Deferred[string] // nil until there was a question
}

func fingerFactory(users directory) protocol.Factory {
	return protocol.ForProtocol(func() *framing.Lines {
		return &framing.Lines{Handler: &finger{users: users}, MaxLength: 512}
	})
}

func (f *finger) LineReceived(c *framing.Lines, line []byte) {
	if f.answer != nil {
		return // one question is enough
	}
	f.answer = f.users.User(strings.TrimSpace(strings.TrimPrefix(string(line), "/W")))
	f.answer.Done(func(text string, err error) {
		if errors.Is(err, deferred.ErrCancelled) {
			return // nobody waits for it any more
		}
		if errors.Is(err, errNoUser) {
			text = "No such user"
		} else if err != nil {
			slog.Error("answering", "error", err)
			text = "Please try again later"
		}
		c.SendLineString(text)
		c.LoseConnection()
	})
}

func (f *finger) ConnectionLost(*framing.Lines, error) {
	if f.answer != nil {
		f.answer.Cancel()
	}
}
