// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package subunit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestSpec is the example that the specification has.
func TestSpec(t *testing.T) {
	b, err := Append(nil, &Packet{Status: Exists, Runnable: true, Test: "foo"})
	if got := hex.EncodeToString(b); err != nil || got != "b329010c03666f6f08555f1b" {
		t.Errorf("%s, %v", got, err)
	}
}

var packets = []Packet{
	{},
	{Status: Exists, Runnable: true, Test: "foo"},
	{Status: InProgress, Time: time.Unix(1<<32-1, 999999999).UTC(), Test: "päckage.Test/x y"},
	{Status: ExpectedFailure, Tags: []string{"a", "", "c"}, Test: "x"},
	{File: "out", MIME: "text/plain;charset=utf8", Data: []byte("\x00\xb3\n"), EOF: true, Test: "x", Route: "0/1"},
	{File: "empty", Data: []byte{}},
}

func TestRoundTrip(t *testing.T) {
	all := packets
	// The length of a packet counts the bytes of the length: sizes on both sides of where that grows.
	for _, edge := range []int{64, 1 << 14, 1<<22 - 1} {
		for n := edge - 24; n < edge+8; n++ {
			if n > MaxPacket-16 {
				continue
			}
			all = append(all, Packet{File: "f", Data: bytes.Repeat([]byte{'x'}, n)})
		}
	}
	for _, p := range all {
		b, err := Append([]byte("before"), &p)
		if err != nil {
			t.Errorf("%d bytes of data: %v", len(p.Data), err)
			continue
		}
		b = append(b, "behind"...)
		got, n, err := Parse(b[len("before"):])
		if err != nil || n != len(b)-12 {
			t.Errorf("%d bytes of data: read %d of %d, %v", len(p.Data), n, len(b)-12, err)
			continue
		}
		if !reflect.DeepEqual(got, &p) {
			t.Errorf("got %.200v, want %.200v", got, p)
		}
	}
}

func TestParseSplit(t *testing.T) {
	b, err := Append(nil, &packets[4])
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if _, _, err := Parse(b[:i]); !errors.Is(err, ErrShort) {
			t.Errorf("%d of %d bytes: %v", i, len(b), err)
		}
		broken := bytes.Clone(b)
		broken[i] ^= 0x10
		if p, _, err := Parse(broken); err == nil {
			t.Errorf("byte %d changed: %+v", i, p)
		}
	}
}

func TestRefused(t *testing.T) {
	for what, p := range map[string]Packet{
		"NUL":       {Test: "a\x00b"},
		"no UTF-8":  {Tags: []string{"\xff"}},
		"before":    {Time: time.Unix(-1, 0)},
		"after":     {Time: time.Unix(1<<32, 0)},
		"too long":  {File: "f", Data: make([]byte, MaxPacket-10)},
		"much more": {File: "f", Data: make([]byte, 1<<23)},
	} {
		if b, err := Append(nil, &p); err == nil || len(b) != 0 {
			t.Errorf("%s: %d bytes, %v", what, len(b), err)
		}
	}
	for what, tt := range map[string]struct{ packet, err string }{
		"text":     {"hello", "begins with"},
		"version":  {"\xb3\x10\x00\x08\x00\x00\x00\x00", "version 1"},
		"zero bit": {"\xb3\x20\x08\x08\x00\x00\x00\x00", "must not"},
		"tiny":     {"\xb3\x20\x00\x05\x00\x00\x00\x00", "5 bytes"},
		"length":   {"\xb3\x20\x00\xff\xff\xff\xff", "too long"},
		"checksum": {"\xb3\x20\x00\x08\x00\x00\x00\x00", "checksum"},
	} {
		if _, _, err := Parse([]byte(tt.packet)); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzParse: nothing that comes breaks it, and what it reads can be written and read again.
func FuzzParse(f *testing.F) {
	for _, p := range packets {
		b, err := Append(nil, &p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, n, err := Parse(b)
		if err != nil {
			return
		}
		if n > len(b) {
			t.Fatalf("read %d of %d bytes", n, len(b))
		}
		again, err := Append(nil, p)
		if err != nil {
			if p.Time.Unix() < 1<<32 { // nanoseconds may exceed a second
				t.Fatal(err)
			}
			return
		}
		if q, _, err := Parse(again); err != nil || !reflect.DeepEqual(normal(p), normal(q)) {
			t.Fatalf("%+v, then %+v, %v", p, q, err)
		}
	})
}

// normal takes away what is sent in two ways.
func normal(p *Packet) Packet {
	q := *p
	if len(q.Data) == 0 || q.File == "" {
		q.Data = nil
	}
	if len(q.Tags) == 0 {
		q.Tags = nil
	}
	return q
}
