// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSignals makes SIGINT and SIGTERM stop the reactor, if it is to, until the result is called.
func (r *Reactor) watchSignals() (unwatch func()) {
	if !r.cfg.InstallSignalHandlers {
		return func() {}
	}
	signals := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(os.Interrupt) { // as under nohup, or in the background of a simple shell
		signals = append(signals, os.Interrupt)
	}
	arrived := make(chan os.Signal, 1) // package signal does not wait; the first one counts
	quit, left := make(chan struct{}), make(chan struct{})
	signal.Notify(arrived, signals...)
	go func() { // unwatch waits for it
		defer close(left)
		for {
			select {
			case s := <-arrived:
				if r.signal.CompareAndSwap(nil, &s) {
					r.log.Info("reactor: stopping because of a signal", "signal", s.String())
				}
				_ = r.Stop() // it may be stopping
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(arrived)
		close(quit)
		<-left
	}
}

// StoppedBy returns the first signal that made the reactor stop, or nil. A program that was stopped by a signal ends by raising it again, once Run has returned, so
// that its parent sees what happened. Safe from any goroutine.
func (r *Reactor) StoppedBy() os.Signal {
	if s := r.signal.Load(); s != nil {
		return *s
	}
	return nil
}
