// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger08 lets users change what they say, when they have logged in.
//
// Usage: finger08 [-passwords file] file finger-endpoint set-endpoint, or finger08 -add name -passwords file, which reads a password from standard input.
package main

import (
	"bufio"
	"flag"
	"log"
	"os"
	"strings"

	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

func newService(r *reactor.Reactor, file, passwords, fingerAt, setAt string) (*service.Multi, error) {
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
	add := flag.String("add", "", "name of a user for the file of passwords")
	flag.Parse()
	if *add != "" {
		if err := addUser(*passwords, *add); err != nil {
			log.Fatal(err)
		}
		return
	}
	if flag.NArg() != 3 {
		log.Fatal("usage: finger08 [-passwords file] file finger-endpoint set-endpoint")
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	all, err := newService(r, flag.Arg(0), *passwords, flag.Arg(1), flag.Arg(2))
	if err != nil {
		log.Fatal(err)
	}
	if err := run(r, all); err != nil {
		log.Fatal(err)
	}
}

func addUser(file, name string) error {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return err
	}
	return password.File{Path: file}.Set(name, strings.TrimRight(line, "\r\n"))
}
