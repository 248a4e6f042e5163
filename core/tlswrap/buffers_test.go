// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"testing"
)

// TestBuffersOfConnAreFound fails when a release of Go has moved what buffers.go looks for. Then read crypto/tls (readRecordOrCCS, readHandshake) anew.
func TestBuffersOfConnAreFound(t *testing.T) {
	if !connBuffers.found {
		t.Error("tls.Conn keeps its buffers elsewhere: idle connections hold them")
	}
}

func TestFindBuffersWantsNamesAndTypes(t *testing.T) {
	if h := findBuffers(reflect.TypeFor[struct {
		pad            int
		rawInput, hand bytes.Buffer
		input          bytes.Reader
	}]()); !h.found || h.rawInput == 0 || h.hand <= h.rawInput || h.input <= h.hand {
		t.Errorf("%+v", h)
	}
	for name, typ := range map[string]reflect.Type{
		"another name": reflect.TypeFor[struct {
			raw, hand bytes.Buffer
			input     bytes.Reader
		}](),
		"another type": reflect.TypeFor[struct {
			rawInput, hand bytes.Buffer
			input          bytes.Buffer
		}](),
		"a pointer": reflect.TypeFor[struct {
			rawInput, hand *bytes.Buffer
			input          bytes.Reader
		}](),
		"embedded": reflect.TypeFor[struct{ tls.Conn }](),
		"nothing":  reflect.TypeFor[struct{}](),
	} {
		if h := findBuffers(typ); h != (hidden{}) {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// TestBuffersInUseAreNotTouched: what tls.Conn is in the middle of stays as it is.
func TestBuffersInUseAreNotTouched(t *testing.T) {
	c := tls.Server(nil, &tls.Config{})
	rawInput, input, hand := connBuffers.of(c)
	own := make([]byte, 0, 100)

	connBuffers.lend(c, own)
	rawInput.WriteString("record")
	hand.WriteString("message")
	connBuffers.lend(c, make([]byte, 0, 100))
	if connBuffers.reclaim(c) {
		t.Error("what holds a record was reclaimed")
	}
	if rawInput.String() != "record" || hand.String() != "message" || &rawInput.Bytes()[0] != &own[:1][0] {
		t.Errorf("%q, %q", rawInput, hand)
	}

	input.Reset(rawInput.Next(6))
	if connBuffers.reclaim(c) || input.Len() != 6 {
		t.Error("what holds plain text was reclaimed")
	}

	input.Seek(6, 0)
	hand.Next(7)
	if !connBuffers.reclaim(c) {
		t.Error("empty buffers were not reclaimed")
	}
	if rawInput.Cap() != 0 || hand.Cap() != 0 || input.Size() != 0 {
		t.Errorf("%d, %d, %d bytes are kept", rawInput.Cap(), hand.Cap(), input.Size())
	}

	none := hidden{}
	none.lend(c, own)
	if !none.reclaim(c) || rawInput.Cap() != 0 {
		t.Error("buffers that were not found were touched")
	}
}
