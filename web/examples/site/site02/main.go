// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site02 has pages, found by patterns.
//
//	go run . tcp:8080
//	curl http://localhost:8080/
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
	port, err := endpoint.ListenString(r, append(os.Args[1:], "tcp:8080")[0], web.NewSite(newRoot(new(board)), web.Config{}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
