// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A boxReader reads AMP boxes: keys and values, each behind two bytes of length; an empty key ends the box.
type boxReader struct {
	key    string
	box    []string
	boxes  [][]string
	reason error
}

func (r *boxReader) protocol() *framing.Stateful {
	return &framing.Stateful{Start: r.keyLength, Size: 2, Handler: r}
}

func (r *boxReader) ConnectionLost(_ *framing.Stateful, reason error) { r.reason = reason }

func (r *boxReader) keyLength(_ *framing.Stateful, p []byte) (framing.State, int) {
	switch n := int(p[0])<<8 | int(p[1]); {
	case n > 255:
		return nil, 0
	case n == 0:
		r.boxes = append(r.boxes, r.box)
		r.box = nil
		return r.keyLength, 2
	default:
		return r.keyBytes, n
	}
}

func (r *boxReader) keyBytes(_ *framing.Stateful, p []byte) (framing.State, int) {
	r.key = string(p)
	return r.valueLength, 2
}

func (r *boxReader) valueLength(_ *framing.Stateful, p []byte) (framing.State, int) {
	return r.value, int(p[0])<<8 | int(p[1])
}

func (r *boxReader) value(_ *framing.Stateful, p []byte) (framing.State, int) {
	r.box = append(r.box, r.key+"="+string(p))
	return r.keyLength, 2
}

func TestStatefulReadsBoxes(t *testing.T) {
	input := "\x00\x04_ask\x00\x0223\x00\x08_command\x00\x03Sum\x00\x01a\x00\x00\x00\x00" + "\x00\x01b\x00\x0213\x00\x00" + "\x01\x00" + "\x00\x00"
	want := "[[_ask=23 _command=Sum a=] [b=13]]"
	protocoltest.Splits(t, []byte(input), func(pieces iter.Seq[[]byte]) string {
		var r boxReader
		tr := protocoltest.NewStringTransport()
		tr.Connect(r.protocol())
		for p := range pieces {
			tr.Feed(p)
		}
		tr.Clock.Advance(0)
		if got := fmt.Sprint(r.boxes); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !tr.Disconnected() || !errors.Is(r.reason, protocol.ErrConnectionDone) {
			t.Errorf("a key of 256 bytes: lost %v by %v", tr.Disconnected(), r.reason)
		}
		return fmt.Sprint(r.boxes, r.reason)
	})
}

func TestStatefulLimit(t *testing.T) {
	var asks framing.State
	asks = func(_ *framing.Stateful, p []byte) (framing.State, int) { return asks, int(p[0]) }
	for size, broken := range map[byte]bool{10: false, 11: true} {
		c := &framing.Stateful{Start: asks, Size: 1, MaxLength: 10}
		tr := protocoltest.NewStringTransport()
		tr.Connect(c)
		tr.Feed([]byte{size})
		tooLong := new(framing.StringTooLongError)
		if errors.As(c.Broken(), &tooLong) != broken || tr.Disconnecting() != broken {
			t.Errorf("asking for %d: broken %v, closing %v", size, c.Broken(), tr.Disconnecting())
		}
	}
}

func TestStatefulPauses(t *testing.T) {
	var got []string
	var one framing.State
	one = func(c *framing.Stateful, p []byte) (framing.State, int) {
		got = append(got, string(p))
		if string(p) == "b" {
			c.Pause()
		}
		return one, 1
	}
	c := &framing.Stateful{Start: one, Size: 1}
	tr := protocoltest.NewStringTransport()
	tr.Connect(c)
	tr.FeedString("abcd")
	if want := []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := c.DiscardBuffered(); n != 2 {
		t.Errorf("discarded %d, want 2", n)
	}
	c.Resume()
	tr.FeedString("e")
	if want := []string{"a", "b", "e"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStringStates(t *testing.T) {
	var log []string
	var command framing.StringState
	data := func(c *framing.Strings, s []byte) framing.StringState {
		log = append(log, "data "+string(s))
		return command
	}
	command = func(c *framing.Strings, s []byte) framing.StringState {
		log = append(log, "command "+string(s))
		switch string(s) {
		case "data":
			return data
		case "done":
			return nil
		}
		return command
	}
	tr := protocoltest.NewStringTransport()
	tr.Connect(framing.NewStrings(framing.Netstring, framing.StringStates(command)))
	tr.FeedString("4:data,4:done,4:noop,4:done,4:noop,")
	tr.Clock.Advance(0)
	if want := []string{"command data", "data done", "command noop", "command done"}; !slices.Equal(log, want) || !tr.Disconnected() {
		t.Errorf("got %q, lost %v; want %q, true", log, tr.Disconnected(), want)
	}
}
