// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

// run starts the service with the reactor, reloads it on SIGHUP, and stops it before the reactor stops.
func run(r *reactor.Reactor, all *service.Multi) error {
	var failed error
	r.CallWhenRunning(func() {
		all.Start().Done(func(_ struct{}, err error) {
			if err != nil {
				failed = err
				_ = r.Stop() // it may stop already
				return
			}
			for _, s := range all.All() {
				if server, ok := s.(*service.StreamServer); ok {
					fmt.Println("listening on", server.Port().Addr())
				}
			}
		})
	})
	if _, err := r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, all.Stop); err != nil {
		return err
	}

	hangups, done := make(chan os.Signal, 1), make(chan struct{}) // one signal that waits stands for all
	signal.Notify(hangups, syscall.SIGHUP)
	go func() { // run waits for it
		defer close(done)
		for range hangups {
			r.CallFromThread(func() { reload(all) })
		}
	}()
	err := r.Run(context.Background())
	signal.Stop(hangups)
	close(hangups)
	<-done
	return errors.Join(failed, err)
}

func reload(s service.Reloader) {
	s.Reload().AddErrback(func(err error) (struct{}, error) {
		log.Print(err)
		return struct{}{}, nil
	}).Done(func(struct{}, error) { fmt.Println("reloaded") })
}
