// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestPairStepByStep(t *testing.T) {
	server := protocoltest.Accumulating{OnData: func(tr protocol.Transport, p []byte) { tr.Write(p) }}
	client := protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Write([]byte("ping")) }}
	pair := protocoltest.NewPair(&server, &client, protocoltest.PairConfig{ClientClock: protocoltest.NewClock()})
	if server.Transport() != pair.Server || client.Transport() != pair.Client || server.Len() != 0 {
		t.Fatalf("transports %v and %v, %d bytes have arrived", server.Transport(), client.Transport(), server.Len())
	}
	for n := 0; client.Len() == 0; n++ {
		if n > 10 {
			t.Fatal("no answer")
		}
		pair.Step()
	}
	pair.Flush()
	if n := pair.Step(); n != 0 {
		t.Errorf("%d functions were left after Flush", n)
	}
	if pair.Wait(make(chan struct{})) {
		t.Error("Wait reports what never happens")
	}
	if pair.Server.RemoteAddr() != pair.Client.LocalAddr() {
		t.Error("the addresses are not each other's")
	}
}

func TestPairPolicies(t *testing.T) {
	for policy, want := range map[protocoltest.Policy][]string{
		protocoltest.Joined:   {"onetwo"},
		protocoltest.Separate: {"one", "two"},
		protocoltest.Bytewise: {"o", "n", "e", "t", "w", "o"},
	} {
		var got []string
		server := &protocoltest.Accumulating{OnData: func(_ protocol.Transport, p []byte) { got = append(got, string(p)) }}
		client := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
			tr.Write([]byte("one"))
			tr.Write([]byte("two"))
		}}
		protocoltest.NewPair(server, client, protocoltest.PairConfig{Policy: policy}).Flush()
		if !slices.Equal(got, want) {
			t.Errorf("policy %d: got %q, want %q", policy, got, want)
		}
	}
}

func TestPairTimers(t *testing.T) {
	server := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
		tr.Loop().CallLater(time.Minute, tr.LoseConnection)
	}}
	client := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
		tr.Loop().CallLater(time.Second, func() { tr.Write([]byte("in time")) })
	}}
	pair := protocoltest.NewPair(server, client, protocoltest.PairConfig{ClientClock: protocoltest.NewClock()})
	pair.Advance(time.Second)
	if string(server.Data()) != "in time" || server.Reason() != nil {
		t.Errorf("received %q, lost by %v", server.Data(), server.Reason())
	}
	pair.Advance(time.Minute)
	if !errors.Is(client.Reason(), io.EOF) {
		t.Errorf("lost by %v, want io.EOF", client.Reason())
	}
}

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

func ExampleStringTransport() {
	t := protocoltest.NewStringTransport()
	t.Connect(echo{})
	t.FeedString("hello")
	fmt.Println(t.Value())
	// Output: hello
}

func ExampleClock() {
	clock := protocoltest.NewClock()
	clock.CallLater(time.Second, func() { fmt.Println("a second later") })
	clock.CallLater(0, func() { fmt.Println("at once, yet not inside CallLater") })
	fmt.Println("start")
	clock.Advance(0)
	clock.Advance(time.Second)
	// Output:
	// start
	// at once, yet not inside CallLater
	// a second later
}

func ExamplePair() {
	client := &protocoltest.LineSending{Lines: []string{"hello"}, Keep: true}
	pair := protocoltest.NewPair(echo{}, client, protocoltest.PairConfig{})
	pair.Flush()
	fmt.Printf("%q\n", client.Data())
	// Output: "hello\r\n"
}
