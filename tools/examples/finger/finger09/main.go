// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger09 shows its users as a web page too.
//
// Usage: finger09 [-passwords file] file finger-endpoint set-endpoint web-endpoint
package main

import (
	"flag"
	"log"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

func newService(r *reactor.Reactor, file, passwords, fingerAt, setAt, webAt string) (*service.Multi, error) {
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
	return all, nil
}

func main() {
	passwords := flag.String("passwords", "", "file of names and hashes; without it alice may log in with the password secret")
	flag.Parse()
	if flag.NArg() != 4 {
		log.Fatal("usage: finger09 [-passwords file] file finger-endpoint set-endpoint web-endpoint")
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	all, err := newService(r, flag.Arg(0), *passwords, flag.Arg(1), flag.Arg(2), flag.Arg(3))
	if err != nil {
		log.Fatal(err)
	}
	if err := run(r, all); err != nil {
		log.Fatal(err)
	}
}
