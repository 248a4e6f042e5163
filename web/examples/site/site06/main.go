// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site06 has files beside its pages, and compresses what it sends.
//
//	mkdir pictures
//	echo 'correct horse' | go run . -users users -add alice
//	go run . -listen tcp:8080 -dir pictures -users users
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

var (
	listen = flag.String("listen", "tcp:8080", "endpoint")
	dir    = flag.String("dir", "pictures", "folder of the pictures, which has to be there")
	users  = flag.String("users", "users", "file of users and their passwords' hashes")
	add    = flag.String("add", "", "user to add, with the password that standard input has")
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
	port, err := endpoint.ListenString(r, *listen, web.NewSite(root, web.Config{}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
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
