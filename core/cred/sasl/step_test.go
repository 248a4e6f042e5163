// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/sasl"
	"github.com/torsion-go/torsion/core/cred/scram"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A look-up that hangs keeps no loop, and only so many wait.
func TestNextIn(t *testing.T) {
	loop := protocoltest.NewClock()
	release := make(chan struct{}) // closed once
	keys := users(t)
	cfg := sasl.ServerConfig{Keys: func(name string, h scram.Hash) (scram.Keys, bool) {
		<-release
		return keys(name, h)
	}}
	workers := &cred.Workers{Max: 1, Queue: -1}
	next := func(response string) (step *sasl.Step, err *error, s sasl.Server) {
		s, e := sasl.NewServer(sasl.ScramSHA256, cfg)
		if e != nil {
			t.Fatal(e)
		}
		step, err = new(sasl.Step), new(error)
		*err = errPending
		sasl.NextIn(workers, loop, s, []byte(response)).Done(func(got sasl.Step, e error) { *step, *err = got, e })
		return step, err, s
	}
	wait := func(err *error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if e := loop.Until(ctx, func() bool { return *err != errPending }); e != nil {
			t.Fatal(e)
		}
	}
	step, err, s := next("n,,n=alice,r=abc")
	if _, busy, _ := next("n,,n=alice,r=abc"); !errors.Is(*busy, cred.ErrBusy) {
		t.Errorf("a second: %v", *busy)
	}
	close(release)
	wait(err)
	if *err != nil || len(step.Challenge) == 0 || step.Done {
		t.Errorf("%q, %v, %v", step.Challenge, step.Done, *err)
	}
	var refusal *sasl.Refusal
	var last error = errPending
	sasl.NextIn(workers, loop, s, []byte("c=biws,r="+string(step.Challenge[2:len("r=abc")+26])+",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).Done(
		func(_ sasl.Step, e error) { last = e })
	wait(&last)
	if !errors.As(last, &refusal) || string(refusal.Challenge) != "e=invalid-proof" || !errors.Is(last, cred.ErrUnauthorizedLogin) {
		t.Errorf("a wrong proof: %v", last)
	}
}

var errPending = errors.New("pending")
