// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger04 tells the full names of the accounts of this machine, which takes a moment to find out.
//
// Usage: finger04 [address], 127.0.0.1:1079 by default.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/user"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

var errNoUser = errors.New("no such user")

// A finger is one connection.
type finger struct {
	lookup func(name string) *deferred.Deferred[string] // the answer is still to come
	answer *deferred.Deferred[string]                   // nil until there was a question
}

func (f *finger) LineReceived(c *framing.Lines, line []byte) {
	if f.answer != nil {
		return // one question is enough
	}
	f.answer = f.lookup(strings.TrimSpace(strings.TrimPrefix(string(line), "/W")))
	f.answer.Done(func(text string, err error) {
		if errors.Is(err, deferred.ErrCancelled) {
			return // nobody waits for it any more
		}
		if errors.Is(err, errNoUser) {
			text = "No such user"
		} else if err != nil {
			log.Print(err)
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

// account asks the system, which may have to ask a server over the network.
func account(name string) (string, error) {
	u, err := user.Lookup(name)
	if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
		return "", errNoUser
	}
	if err != nil {
		return "", err
	}
	return u.Name, nil
}

func main() {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	lookup := func(name string) *deferred.Deferred[string] {
		return deferred.ToThread(r, func() (string, error) { return account(name) })
	}
	factory := protocol.ForProtocol(func() *framing.Lines {
		return &framing.Lines{Handler: &finger{lookup: lookup}, MaxLength: 512}
	})
	port, err := r.ListenTCP(append(os.Args[1:], "127.0.0.1:1079")[0], factory, reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
