// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger01 is a reactor that does nothing but say that it runs, until it is interrupted.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/torsion-go/torsion/core/reactor"
)

func main() {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	r.CallWhenRunning(func() { fmt.Println("running") })
	if err := r.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
