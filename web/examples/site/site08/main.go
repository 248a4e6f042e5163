// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site08 listens wherever its arguments say: in plain text, over TLS with HTTP/2, on a UNIX socket.
//
//	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
//	go run . -dir pictures -users users tcp:8080 tls:8443:cert=cert.pem:key=key.pem
//	curl --cacert cert.pem https://localhost:8443/
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
	dir   = flag.String("dir", "pictures", "folder of the pictures, which has to be there")
	users = flag.String("users", "users", "file of users and their passwords' hashes")
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
	site := web.NewSite(root, web.Config{})
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
