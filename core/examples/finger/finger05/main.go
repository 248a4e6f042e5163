// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger05 has its users in a file, which it reads again on SIGHUP.
//
// Usage: finger05 file [address], the address 127.0.0.1:1079 by default.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/reactor"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: finger05 file [address]")
	}
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		log.Fatal(err)
	}
	users := &userFile{loop: r, path: os.Args[1]}
	reload := func() {
		users.Reload().Done(func(_ struct{}, err error) {
			if err != nil {
				log.Print(err)
				return
			}
			fmt.Println("there are", len(users.users), "users")
		})
	}
	port, err := r.ListenTCP(append(os.Args[2:], "127.0.0.1:1079")[0], fingerFactory(users), reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", port.Addr())
	reload()

	hangups, done := make(chan os.Signal, 1), make(chan struct{}) // one signal that waits stands for all
	signal.Notify(hangups, syscall.SIGHUP)
	go func() { // main waits for it
		defer close(done)
		for range hangups {
			r.CallFromThread(reload)
		}
	}()
	err = r.Run(context.Background())
	signal.Stop(hangups)
	close(hangups)
	<-done
	if err != nil {
		log.Fatal(err)
	}
}
