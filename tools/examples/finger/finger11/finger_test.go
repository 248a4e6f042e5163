// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A slowDirectory answers when the test says so.
type slowDirectory struct{ answer *deferred.Deferred[string] }

func (d *slowDirectory) User(string) *deferred.Deferred[string] { return d.answer }

func TestFinger(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"known", nil, "Happy and well\r\n"},
		{"unknown", errNoUser, "No such user\r\n"},
		{"broken", errors.New("disk on fire"), "Please try again later\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := protocoltest.NewStringTransport()
			d := &slowDirectory{deferred.New[string](tr.Clock)}
			tr.Connect(&framing.Lines{Handler: &finger{users: d}})
			tr.FeedString("alice\r\n")
			if tr.Value() != "" || tr.Disconnecting() {
				t.Fatalf("said %q before there was an answer", tr.Value())
			}
			if tt.err != nil {
				d.answer.Errback(tt.err)
			} else {
				d.answer.Callback("Happy and well")
			}
			if tr.Value() != tt.want || !tr.Disconnecting() {
				t.Errorf("got %q, closing %v", tr.Value(), tr.Disconnecting())
			}
		})
	}
}

func TestFingerGoesAway(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	cancelled := false
	d := &slowDirectory{deferred.NewCancellable(tr.Clock, func(*deferred.Deferred[string]) { cancelled = true })}
	tr.Connect(&framing.Lines{Handler: &finger{users: d}})
	tr.FeedString("alice\r\n")
	tr.Lose(io.EOF)
	if !cancelled {
		t.Error("the lookup goes on for nobody")
	}
}

// until turns the reactor until cond holds: what threads do is waited for, without a look at the clock.
func until(t *testing.T, m *reactortest.Memory, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // which only a broken program reaches
	defer cancel()
	if err := m.Until(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

func TestSet(t *testing.T) {
	m := reactortest.NewMemory(t)
	file := filepath.Join(t.TempDir(), "users")
	users := newUserFile(m, file)
	users.users = map[string]string{"bob": "Back on Monday"}
	if _, err := m.ListenTCP("10.0.0.1:1080", setterFactory(newPortal(users, "")), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	peer := m.Dial("10.0.0.1:1080")
	peer.Write([]byte("SET me\r\nLOGIN alice secret\r\nSET gone\tfishing\r\nSET gone fishing\r\n"))
	want := "ERR try LOGIN name password, then SET text\r\nOK hello alice\r\nERR control character\r\nOK\r\n"
	got := ""
	until(t, m, func() bool {
		got += string(peer.Received())
		return len(got) >= len(want)
	})
	if got != want {
		t.Errorf("got %q", got)
	}
	if text, err := os.ReadFile(file); string(text) != "alice: gone fishing\nbob: Back on Monday\n" {
		t.Errorf("the file is %q, %v", text, err)
	}
}

func TestNeighbour(t *testing.T) {
	m := reactortest.NewMemory(t)
	client, err := endpoint.ClientFromString(m, "tcp:10.0.0.2:79")
	if err != nil {
		t.Fatal(err)
	}
	users := newUserFile(m, "")
	fetching, err := newNeighbour(&neighbour{loop: m, name: "there", client: client, users: users})
	if err != nil {
		t.Fatal(err)
	}
	fetching.Start()
	m.Settle()
	m.Refuse("10.0.0.2:79", errors.New("refused"))
	m.Settle()
	if n := len(m.Attempts()); n != 0 {
		t.Fatalf("%d attempts right after a failure", n)
	}
	m.Advance(3 * time.Second) // the back-off is 1.5 to 2.5 seconds
	m.Settle()
	answer := func(text string) {
		t.Helper()
		peer := m.Answer("10.0.0.2:79")
		m.Settle()
		if got := string(peer.Received()); got != "\r\n" {
			t.Errorf("asked %q", got)
		}
		peer.Write([]byte(text))
		peer.Close()
		m.Settle()
	}
	answer("carol: Here\r\ndave@elsewhere: Hearsay\r\n")
	if got := strings.Join(formatUsers(users.all()), ","); got != "carol@there: Here" {
		t.Errorf("got %q", got)
	}
	m.Advance(fetchEvery)
	m.Settle()
	answer("carol: Away\r\n")
	if got := users.all()["carol@there"]; got != "Away" {
		t.Errorf("got %q", got)
	}
	m.Advance(fetchEvery)
	m.Settle()
	silent := m.Answer("10.0.0.2:79")
	m.Advance(fetchTimeout)
	m.Settle()
	if silent.Err() == nil {
		t.Error("waits for ever for a neighbour that says nothing")
	}
	fetching.Stop()
	m.Settle()
	if calls := m.DelayedCalls(); len(calls) > 0 {
		t.Errorf("%d timers are left", len(calls))
	}
}
