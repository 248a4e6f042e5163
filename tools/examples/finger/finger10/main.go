// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger10 knows the users of other finger servers too.
//
// Usage: finger10 [-passwords file] file finger-endpoint set-endpoint web-endpoint [name=client-endpoint]...
package main

import (
	"flag"
	"log"
	"strings"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

func newService(r *reactor.Reactor, file, passwords, fingerAt, setAt, webAt string, neighbours []string) (*service.Multi, error) {
	users := newUserFile(r, file)
	all := service.NewMulti(r, service.MultiConfig{})
	if err := all.Add("users", users); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		name, endpoint string
		factory        protocol.Factory
	}{
		{"finger", fingerAt, fingerFactory(users)},
		{"set", setAt, setterFactory(newPortal(users, passwords))},
		{"web", webAt, newSite(users)},
	} {
		server, err := service.Listen(r, s.endpoint, s.factory)
		if err != nil {
			return nil, err
		}
		if err := all.Add(s.name, server); err != nil {
			return nil, err
		}
	}
	for _, description := range neighbours {
		name, at, _ := strings.Cut(description, "=")
		client, err := endpoint.ClientFromString(r, at)
		if err != nil {
			return nil, err
		}
		fetching, err := newNeighbour(&neighbour{loop: r, name: name, client: client, users: users})
		if err != nil {
			return nil, err
		}
		if err := all.Add("neighbour "+name, fetching); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func main() {
	passwords := flag.String("passwords", "", "file of names and hashes; without it alice may log in with the password secret")
	flag.Parse()
	if flag.NArg() < 4 {
		log.Fatal("usage: finger10 [-passwords file] file finger-endpoint set-endpoint web-endpoint [name=client-endpoint]...")
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	all, err := newService(r, flag.Arg(0), *passwords, flag.Arg(1), flag.Arg(2), flag.Arg(3), flag.Args()[4:])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(r, all); err != nil {
		log.Fatal(err)
	}
}
