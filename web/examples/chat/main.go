// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Chat is a room for everybody who opens its page.
//
//	go run . tcp:8080
//
// and look at http://localhost:8080/ in two windows.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

func main() {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	port, err := endpoint.ListenString(r, append(os.Args[1:], "tcp:8080")[0], web.NewSite(chat(), web.Config{}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
