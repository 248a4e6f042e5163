// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger07 is made of services.
//
// Usage: finger07 file endpoint...
package main

import (
	"log"
	"os"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

// newService returns the whole: the users first, since servers are of no use without them.
func newService(r *reactor.Reactor, file string, endpoints []string) (*service.Multi, error) {
	users := &userFile{loop: r, path: file}
	all := service.NewMulti(r, service.MultiConfig{})
	if err := all.Add("users", users); err != nil {
		return nil, err
	}
	for _, description := range endpoints {
		server, err := service.Listen(r, description, fingerFactory(users))
		if err != nil {
			return nil, err
		}
		if err := all.Add("", server); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: finger07 file endpoint...")
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	all, err := newService(r, os.Args[1], os.Args[2:])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(r, all); err != nil {
		log.Fatal(err)
	}
}
