// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger02 answers everybody that there is no such user.
//
// Usage: finger02 [address], 127.0.0.1:1079 by default.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type finger struct{}

func (finger) LineReceived(c *framing.Lines, line []byte) {
	c.SendLineString("No such user")
	c.LoseConnection()
}

func main() {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	factory := protocol.ForProtocol(func() *framing.Lines { return framing.NewLines(finger{}) })
	port, err := r.ListenTCP(append(os.Args[1:], "127.0.0.1:1079")[0], factory, reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
