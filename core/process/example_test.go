// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"context"
	"fmt"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// A child sorts what is written to it.
func ExampleSpawn() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	process.Spawn(r, process.Config{Args: []string{"sort"}}, &process.Funcs{
		Made: func(t *process.Transport) {
			t.Write([]byte("b\nc\na\n"))
			t.CloseStdin()
		},
		Out: func(_ *process.Transport, p []byte) { fmt.Print(string(p)) },
		Ended: func(_ *process.Transport, reason error) {
			fmt.Println(reason)
			r.Stop()
		},
	})
	r.Run(context.Background())
	// Output:
	// a
	// b
	// c
	// process: exited with code 0
}

// A child runs to its end.
func ExampleOutputAndValue() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	process.OutputAndValue(r, process.Config{Args: []string{"sh", "-c", "tr a-z A-Z; exit 3"}}, []byte("hello")).Done(func(res process.Result, err error) {
		fmt.Printf("%s %d %v\n", res.Out, res.ExitCode, err)
		r.Stop()
	})
	r.Run(context.Background())
	// Output: HELLO 3 <nil>
}

// A child is a connection, here by a string.
func ExampleRegister() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	registry := endpoint.NewRegistry()
	if err := process.Register(registry); err != nil {
		panic(err)
	}
	client, err := registry.ClientFromString(r, "process:echo:hello")
	if err != nil {
		panic(err)
	}
	client.Connect(protocol.ForProtocol(func() *protocoltest.Accumulating {
		return &protocoltest.Accumulating{
			OnData: func(_ protocol.Transport, p []byte) { fmt.Print(string(p)) },
			OnLost: func(_ protocol.Transport, reason error) { fmt.Println(reason); r.Stop() },
		}
	}))
	r.Run(context.Background())
	// Output:
	// hello
	// connection closed cleanly by the peer
}
