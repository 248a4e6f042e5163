// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestAbstractUNIX uses a name that is no file.
func TestAbstractUNIX(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		r, err := reactor.New(reactor.Config{Poller: poller})
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("\x00torsion-%d", os.Getpid())
		port, err := r.ListenUNIX(name, protocol.ForProtocol(func() echo { return echo{} }), reactor.UNIXListenOptions{LockFile: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := port.Addr().String(); got != "@"+name[1:] {
			t.Errorf("address %q", got)
		}
		client := &counter{}
		var result error
		done := false
		r.ConnectUNIX(name, protocol.ForProtocol(func() *counter { return client }), reactor.ConnectOptions{}).WhenConnected().Done(
			func(_ protocol.Protocol, err error) { result, done = err, true })
		for !done {
			r.Iterate(-1)
		}
		if result != nil {
			t.Fatal(result)
		}
		client.t.Write([]byte("hello"))
		for client.n < 5 {
			r.Iterate(-1)
		}
		if _, err := os.Lstat(name[1:] + ".lock"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a lock file: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
