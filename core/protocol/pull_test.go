// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"errors"
	"iter"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// pieces yields p and then err if that is not nil. released tells whether it has returned.
func pieces(released *bool, err error, p ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		defer func() { *released = true }()
		for _, s := range p {
			if !yield([]byte(s), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestPull(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pieces []string
		err    error
		after  []string // Value after each turn, the first inside Pull
	}{
		{"nothing", nil, nil, []string{""}},
		{"pieces", []string{"a", "b", "c"}, nil, []string{"a", "ab", "abc", "abc"}},
		{"empty pieces are passed over", []string{"", "a", "", "", "b"}, nil, []string{"a", "ab", "ab"}},
		{"error", []string{"a"}, errBroken, []string{"a", "a"}},
		{"error at once", nil, errBroken, []string{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := protocoltest.NewStringTransport()
			var released bool
			ended, got := 0, error(nil)
			err := protocol.Pull(tr, pieces(&released, tt.err, tt.pieces...), func(err error) {
				ended++
				got = err
				if tr.HasProducer() {
					t.Error("the producer is registered when done is called")
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range tt.after {
				if i > 0 {
					tr.Clock.Advance(0)
				}
				if tr.Value() != want {
					t.Errorf("after %d turns: %q, want %q", i, tr.Value(), want)
				}
				if last := i == len(tt.after)-1; (ended == 1) != last {
					t.Errorf("after %d turns: done was called %d times", i, ended)
				}
			}
			tr.Lose(protocol.Aborted())
			if ended != 1 || got != tt.err || !released {
				t.Errorf("done was called %d times, with %v; released %v", ended, got, released)
			}
		})
	}
}

func TestPullEndsWithTheConsumer(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(tr *protocoltest.StringTransport)
		want error
	}{
		"lost":    {func(tr *protocoltest.StringTransport) { tr.Lose(protocol.Lost(errBroken)) }, errBroken},
		"aborted": {func(tr *protocoltest.StringTransport) { tr.AbortConnection() }, protocol.ErrConnectionAborted},
	} {
		t.Run(name, func(t *testing.T) {
			tr := protocoltest.NewStringTransport()
			tr.Connect(protocol.Base{})
			var released bool
			ended, got := 0, error(nil)
			protocol.Pull(tr, pieces(&released, nil, "a", "b", "c"), func(err error) { ended++; got = err })
			tt.end(tr)
			tr.Clock.Advance(0)
			tr.Clock.Advance(0)
			if ended != 1 || !errors.Is(got, tt.want) || !released || tr.Value() != "a" {
				t.Errorf("done was called %d times, with %v; released %v; wrote %q", ended, got, released, tr.Value())
			}
		})
	}
}

func TestPullIsRefused(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	var first, second, third bool
	protocol.Pull(tr, pieces(&first, nil, "a", "b"), nil)
	called := false
	err := protocol.Pull(tr, pieces(&second, nil, "x"), func(error) { called = true })
	if err != protocol.ErrProducerRegistered || called {
		t.Errorf("got %v, done was called: %v", err, called)
	}
	tr.Lose(protocol.Aborted())
	err = protocol.Pull(tr, pieces(&third, nil, "x"), func(error) { called = true })
	if !errors.Is(err, net.ErrClosed) || !called {
		t.Errorf("when closed: got %v, done was called: %v", err, called)
	}
	if tr.Value() != "a" {
		t.Errorf("wrote %q", tr.Value())
	}
}

// A stubborn consumer refuses the second write but keeps its producer.
type stubborn struct {
	p      protocol.Producer
	writes int
}

func (c *stubborn) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 1 {
		return 0, net.ErrClosed
	}
	return len(p), nil
}

func (c *stubborn) RegisterProducer(p protocol.Producer, _ protocol.ProducerMode) error {
	c.p = p
	return nil
}

func (c *stubborn) UnregisterProducer() { c.p = nil }

func TestPullEndsWhenAWriteFails(t *testing.T) {
	var c stubborn
	var released bool
	var got error
	protocol.Pull(&c, pieces(&released, nil, "a", "b", "c"), func(err error) { got = err })
	p := c.p
	p.Resume()
	p.Pause()
	p.Resume()
	if !errors.Is(got, net.ErrClosed) || c.p != nil || !released || c.writes != 2 {
		t.Errorf("done got %v, registered %v, released %v, %d writes", got, c.p != nil, released, c.writes)
	}
	p.Resume()
	p.Stop(nil)
	if c.writes != 2 {
		t.Error("it went on")
	}
}

func TestPullNeedsAReason(t *testing.T) {
	var c stubborn
	var released bool
	var got error
	protocol.Pull(&c, pieces(&released, nil, "a"), func(err error) { got = err })
	c.p.Stop(nil)
	if got != protocol.ErrConnectionLost {
		t.Errorf("done got %v, want ErrConnectionLost", got)
	}
}
