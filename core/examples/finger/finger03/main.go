// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger03 knows two users.
//
// Usage: finger03 [address], 127.0.0.1:1079 by default.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A finger server knows what its users say of themselves.
type finger struct{ users map[string]string }

func (f *finger) LineReceived(c *framing.Lines, line []byte) {
	name := strings.TrimSpace(strings.TrimPrefix(string(line), "/W")) // /W asks for more; there is no more
	if text, ok := f.users[name]; ok {
		c.SendLineString(text)
	} else if name == "" {
		for _, name := range slices.Sorted(maps.Keys(f.users)) {
			c.SendLineString(name + ": " + f.users[name])
		}
	} else {
		c.SendLineString("No such user")
	}
	c.LoseConnection()
}

func main() {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	server := &finger{users: map[string]string{"alice": "Happy and well", "bob": "Back on Monday"}}
	factory := protocol.ForProtocol(func() *framing.Lines { return &framing.Lines{Handler: server, MaxLength: 512} })
	port, err := r.ListenTCP(append(os.Args[1:], "127.0.0.1:1079")[0], factory, reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
