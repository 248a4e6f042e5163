// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

func connect(t *testing.T, r *reactor.Reactor, e endpoint.Client, p protocol.Protocol) error {
	t.Helper()
	got, err := on(t, r, func() *deferred.Deferred[protocol.Protocol] {
		return e.Connect(protocol.ForProtocol(func() protocol.Protocol { return p }))
	})
	if err == nil && got != p {
		t.Errorf("connected as %v", got)
	}
	return err
}

func lost(t *testing.T, acc *protocoltest.Accumulating) error {
	t.Helper()
	select {
	case <-acc.WhenLost():
		return acc.Reason()
	case <-patience(t).Done():
		t.Fatal("the connection was not lost")
		return nil
	}
}

func TestEndpoint(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		acc := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Write([]byte("hello")) }}
		check(t, connect(t, r, &process.Endpoint{Reactor: r, Config: process.Config{Path: "cat"}}, acc))
		<-acc.When(5)
		r.CallFromThread(func() { acc.Transport().LoseConnection() })
		if reason := lost(t, acc); !errors.Is(reason, protocol.ErrConnectionDone) || string(acc.Data()) != "hello" {
			t.Errorf("%q, %v", acc.Data(), reason)
		}
	})
}

func TestEndpointReasons(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		acc := &protocoltest.Accumulating{}
		check(t, connect(t, r, &process.Endpoint{Reactor: r, Config: sh("echo out; echo complaint >&2; exit 4"), Logger: logger}, acc))
		var term *process.Terminated
		if reason := lost(t, acc); !errors.As(reason, &term) || term.ExitCode != 4 || string(acc.Data()) != "out\n" {
			t.Errorf("%q, %v", acc.Data(), reason)
		}
		if !strings.Contains(log.String(), "complaint") {
			t.Errorf("log %q", log.String())
		}
		acc = &protocoltest.Accumulating{}
		check(t, connect(t, r, &process.Endpoint{Reactor: r, Config: sh("echo out"), DropStderr: true}, acc))
		if reason := lost(t, acc); !errors.Is(reason, io.EOF) || !errors.Is(reason, protocol.ErrConnectionDone) {
			t.Error(reason)
		}
		acc = &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.AbortConnection() }}
		cfg := sh(`trap "" TERM; sleep 1000`)
		cfg.ProcessGroup = true // nothing is to stay behind
		check(t, connect(t, r, &process.Endpoint{Reactor: r, Config: cfg}, acc))
		if reason := lost(t, acc); !errors.Is(reason, protocol.ErrConnectionAborted) {
			t.Error(reason)
		}
		// One that closes its input and goes on is heard to the end.
		acc = &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Write([]byte("x")) }}
		check(t, connect(t, r, &process.Endpoint{Reactor: r, Config: sh("exec <&-; i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done")}, acc))
		if reason := lost(t, acc); !errors.Is(reason, protocol.ErrConnectionDone) || !strings.HasSuffix(string(acc.Data()), "\n999\n") {
			t.Errorf("%v, %d bytes", reason, acc.Len())
		}
		err := connect(t, r, &process.Endpoint{Reactor: r, Config: process.Config{Path: "/none"}}, acc)
		var start *process.StartError
		if !errors.Is(err, protocol.ErrConnect) || !errors.As(err, &start) {
			t.Error(err)
		}
	})
}

func TestEndpointString(t *testing.T) {
	r, stop := run(t, "", slog.New(slog.DiscardHandler))
	defer stop()
	g := endpoint.NewRegistry()
	check(t, process.Register(g))
	c, err := g.ClientFromString(r, `process:sh:-c:echo a\:b $1; pwd:name:x\=y:dir=/:stderr=drop`)
	check(t, err)
	acc := &protocoltest.Accumulating{}
	check(t, connect(t, r, c, acc))
	lost(t, acc)
	if string(acc.Data()) != "a:b x=y\n/\n" {
		t.Errorf("%q", acc.Data())
	}
	for _, wrong := range []string{"process:", "process", "process:cat:stderr=what", "process:cat:env=A"} {
		if _, err := g.ClientFromString(r, wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if _, err := endpoint.ClientFromString(r, "process:cat"); err == nil {
		t.Error("the type is built in")
	}
}
