// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestLive(t *testing.T) {
	alice := newBrowser(t)
	bob, carol := alice.another(), alice.another()
	alice.send("POST", "/login", "name=alice&password=secret")
	alice.send("POST", "/notes", "text=before")
	live, other := bob.send("GET", "/live", ""), carol.send("GET", "/live", "")
	if live.Status != 200 || live.Body != "" {
		t.Fatalf("at first: %d %q", live.Status, live.Body)
	}
	alice.send("POST", "/notes", "text=one")
	bob.Settle()
	if live.Body != "alice: \"one\"\n" {
		t.Errorf("after one note: %q", live.Body)
	}
	carol.Lose()
	alice.send("POST", "/notes", "text=two")
	bob.Settle()
	if live.Body != "alice: \"one\"\nalice: \"two\"\n" || live.Finished {
		t.Errorf("after two notes: %q, finished: %v", live.Body, live.Finished)
	}
	if other.Body != "alice: \"one\"\n" {
		t.Errorf("who has left got %q", other.Body)
	}
}

func TestLeaving(t *testing.T) {
	b := &board{}
	d := b.note(protocoltest.NewClock(), 0)
	d.AddErrback(func(error) (note, error) { return note{}, nil })
	d.Cancel()
	if len(b.waiting) != 0 {
		t.Error("somebody waits who has left")
	}
}
