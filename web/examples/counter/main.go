// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Counter is a web server that numbers its requests.
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

// counter is a resource. Its loop runs one callback at a time, so it needs no lock.
type counter struct{ requests int }

func (c *counter) Render(r *web.Request) {
	c.requests++
	r.ResponseHeader().Set("Content-Type", "text/plain")
	fmt.Fprintf(r, "I am request #%d\n", c.requests)
}

func main() {
	description := "tcp:8080"
	if len(os.Args) > 1 {
		description = os.Args[1]
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := endpoint.ListenString(r, description, web.NewSite(&counter{}, web.Config{})); err != nil {
		log.Fatal(err)
	}
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
