// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site04 takes notes, and pictures, by a form.
//
//	mkdir pictures
//	go run . -listen tcp:8080 -dir pictures
//	curl -F text=Hello -F picture=@me.jpg http://localhost:8080/notes
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

var (
	listen = flag.String("listen", "tcp:8080", "endpoint")
	dir    = flag.String("dir", "pictures", "folder of the pictures, which has to be there")
)

func main() {
	flag.Parse()
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	root, err := newRoot(&board{threads: r, dir: *dir})
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
