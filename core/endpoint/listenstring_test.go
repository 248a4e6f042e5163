// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestListenString(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1:loops=2", echoes)
	if err != nil || !strings.HasPrefix(p.Addr().String(), "127.0.0.1:") {
		t.Errorf("got %v, %v", p, err)
	}
	var ce *protocol.CannotListenError
	if _, err := endpoint.ListenString(r, "tcp:-1", echoes); !errors.As(err, &ce) {
		t.Errorf("got %v", err)
	}
	var e *endpoint.Error
	if _, err := endpoint.ListenString(r, "bogus", echoes); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}
