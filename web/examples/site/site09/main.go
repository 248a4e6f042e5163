// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site09 knows its clients behind a proxy.
//
//	go run . -dir pictures -users users -proxies 127.0.0.0/8,::1/128 tcp:8080:interface=127.0.0.1
//	curl -H 'X-Forwarded-For: 203.0.113.7' -H 'X-Forwarded-Proto: https' http://127.0.0.1:8080/
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/netip"
	"os"
	"strings"

	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/observe"
)

var (
	dir   = flag.String("dir", "pictures", "folder of the pictures, which has to be there")
	users = flag.String("users", "users", "file of users and their passwords' hashes")
	proxy = flag.String("proxies", "", "networks of the proxies that are trusted, with commas between them")
	add   = flag.String("add", "", "user to add, with the password that standard input has")
)

func main() {
	flag.Parse()
	if *add != "" {
		if err := addUser(*users, *add, os.Stdin); err != nil {
			log.Fatal(err)
		}
		return
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	root, err := newRoot(&board{threads: r, login: newLogin(*users), dir: *dir})
	if err != nil {
		log.Fatal(err)
	}
	trusted, err := networks(*proxy)
	if err != nil {
		log.Fatal(err)
	}
	site := web.NewSite(root, web.Config{
		Proxies:   web.Proxies{Trusted: trusted, Unix: true},
		AccessLog: observe.ProxiedLog(os.Stderr),
	})
	for _, description := range flag.Args() {
		port, err := endpoint.ListenString(r, description, site)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("listening on", port.Addr())
	}
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func addUser(file, name string, in io.Reader) error {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return err
	}
	return password.File{Path: file}.Set(name, strings.TrimRight(line, "\r\n"))
}

// networks reads networks with commas between them.
func networks(list string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for text := range strings.SplitSeq(list, ",") {
		if text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
