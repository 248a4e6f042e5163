// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

type stringLog struct {
	got    []string
	do     func(c *framing.Strings, s string)
	reason error
}

func (h *stringLog) StringReceived(c *framing.Strings, s []byte) {
	h.got = append(h.got, string(s))
	if h.do != nil {
		h.do(c, string(s))
	}
}

func (h *stringLog) ConnectionLost(_ *framing.Strings, reason error) { h.reason = reason }

func TestNetstrings(t *testing.T) {
	for _, tt := range []struct {
		name, input string
		max         int
		want        []string
		broken      string // in the error; "" when there is none
	}{
		{"one", "5:hello,", 0, []string{"hello"}, ""},
		{"several", "5:hello,0:,12:hello world!,", 0, []string{"hello", "", "hello world!"}, ""},
		{"contents do not matter", "6:1:,2:,,", 0, []string{"1:,2:,"}, ""},
		{"unfinished", "5:hell", 0, nil, ""},
		{"at the limit", "5:hello,", 5, []string{"hello"}, ""},
		{"above the limit", "1:a,6:", 5, []string{"a"}, "longer than 5"},
		{"above the default", "100000", 0, nil, "longer than 99999"},
		{"above the limit, before the colon", "66", 65, nil, "longer than 65"},
		{"endless digits", strings.Repeat("9", 500), 0, nil, "longer than 99999"},
		{"leading zero", "05:hello,", 0, nil, "begins with 0"},
		{"two zeros", "00:,", 0, nil, "begins with 0"},
		{"no digits", ":,", 0, nil, "in the length"},
		{"sign", "+1:a,", 0, nil, "in the length"},
		{"space", "1 :a,", 0, nil, "in the length"},
		{"no comma", "5:hello5:world,", 0, nil, "comma"},
		{"nothing after an error", "1:ax1:b,", 0, nil, "comma"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.input), func(pieces iter.Seq[[]byte]) string {
				var h stringLog
				c := &framing.Strings{Handler: &h, MaxLength: tt.max}
				tr := protocoltest.NewStringTransport()
				tr.Connect(c)
				for p := range pieces {
					tr.Feed(p)
				}
				tr.Clock.Advance(0)
				if !slices.Equal(h.got, tt.want) {
					t.Errorf("got %q, want %q", h.got, tt.want)
				}
				if tt.broken == "" {
					if tr.Disconnected() || c.Broken() != nil {
						t.Errorf("closed, %v", c.Broken())
					}
				} else if !errors.Is(h.reason, protocol.ErrProtocolViolation) || !strings.Contains(fmt.Sprint(c.Broken()), tt.broken) {
					t.Errorf("lost by %v, broken %v; want %q", h.reason, c.Broken(), tt.broken)
				}
				return fmt.Sprintf("%q %v", h.got, h.reason)
			})
		})
	}
}

// What struct.pack(">B", n) and so on put before a string of n bytes.
func TestCountedStrings(t *testing.T) {
	pack := func(f framing.Format, n int) []byte {
		switch f {
		case framing.Int8:
			return []byte{byte(n)}
		case framing.Int16:
			return binary.BigEndian.AppendUint16(nil, uint16(n))
		}
		return binary.BigEndian.AppendUint32(nil, uint32(n))
	}
	capacity := map[framing.Format]int{framing.Int8: 255, framing.Int16: 65535, framing.Int32: 1 << 30}
	for _, format := range []framing.Format{framing.Int8, framing.Int16, framing.Int32} {
		for _, n := range []int{0, 255, 256, 65535} {
			t.Run(fmt.Sprintf("%v of %d", format, n), func(t *testing.T) {
				s := bytes.Repeat([]byte{'x'}, n)
				var h stringLog
				c := framing.NewStrings(format, &h)
				tr := protocoltest.NewStringTransport()
				tr.Connect(c)
				err := c.SendString(s)
				if n > capacity[format] {
					tooLong := new(framing.StringTooLongError)
					if !errors.As(err, &tooLong) || tooLong.Length != uint64(n) || tooLong.Limit != uint64(capacity[format]) || tr.Value() != "" {
						t.Fatalf("got %v and wrote %d bytes", err, len(tr.Value()))
					}
					return
				}
				want := append(pack(format, n), s...)
				if err != nil || tr.Value() != string(want) {
					t.Fatalf("%v, wrote %d bytes beginning %.8x, want %d beginning %.8x", err, len(tr.Value()), tr.Value(), len(want), want)
				}
				tr.FeedString(tr.Value())
				if len(h.got) != 1 || h.got[0] != string(s) {
					t.Errorf("received %d strings", len(h.got))
				}
			})
		}
	}
}

func TestCountedStringsAtEverySplit(t *testing.T) {
	for _, format := range []framing.Format{framing.Int8, framing.Int16, framing.Int32} {
		t.Run(format.String(), func(t *testing.T) {
			var input []byte
			want := []string{"", "a", "", strings.Repeat("b", 200), "c"}
			for _, s := range want {
				input, _ = framing.AppendString(input, format, []byte(s))
			}
			protocoltest.Splits(t, input, func(pieces iter.Seq[[]byte]) string {
				var h stringLog
				tr := protocoltest.NewStringTransport()
				tr.Connect(framing.NewStrings(format, &h))
				for p := range pieces {
					tr.Feed(p)
				}
				if !slices.Equal(h.got, want) {
					t.Errorf("got %q, want %q", h.got, want)
				}
				return fmt.Sprintf("%q", h.got)
			})
		})
	}
}

func TestCountedStringLimit(t *testing.T) {
	for _, tt := range []struct {
		prefix string
		max    int
		broken bool
	}{
		{"\x00\x01\x86\x9f", 0, false}, // 99999
		{"\x00\x01\x86\xa0", 0, true},  // 100000
		{"\xff\xff\xff\xff", 0, true},
		{"\xff\xff\xff\xff", 1 << 30, true},
		{"\x00\x00\x00\x0b", 10, true},
	} {
		var h stringLog
		c := &framing.Strings{Handler: &h, Format: framing.Int32, MaxLength: tt.max}
		tr := protocoltest.NewStringTransport()
		tr.Connect(c)
		tr.FeedString(tt.prefix)
		tr.Clock.Advance(0)
		tooLong := new(framing.StringTooLongError)
		if got := errors.As(c.Broken(), &tooLong); got != tt.broken || tr.Disconnected() != tt.broken {
			t.Errorf("%x with limit %d: broken %v, lost %v; want %v", tt.prefix, tt.max, c.Broken(), tr.Disconnected(), tt.broken)
		}
	}
}

func TestStringsPauseAndClose(t *testing.T) {
	var h stringLog
	h.do = func(c *framing.Strings, s string) {
		switch s {
		case "pause":
			c.Pause()
		case "close":
			c.LoseConnection()
		}
	}
	c := framing.NewStrings(framing.Int8, &h)
	tr := protocoltest.NewStringTransport()
	tr.Connect(c)
	tr.FeedString("\x01a\x05pause\x01b\x05close\x01c")
	if want := []string{"a", "pause"}; !slices.Equal(h.got, want) {
		t.Fatalf("got %q, want %q", h.got, want)
	}
	c.Resume()
	tr.Clock.Pump(0, 0)
	if want := []string{"a", "pause", "b", "close"}; !slices.Equal(h.got, want) || !tr.Disconnected() {
		t.Fatalf("got %q, lost %v; want %q, true", h.got, tr.Disconnected(), want)
	}
}

func TestStringParserRange(t *testing.T) {
	var p framing.StringParser
	p.Feed([]byte("1:a,1:b,bad"))
	for s := range p.Strings() {
		if string(s) != "a" {
			t.Errorf("got %q", s)
		}
		break
	}
	if p.Buffered() != len("1:b,bad") {
		t.Errorf("%d bytes are buffered", p.Buffered())
	}
	var got []string
	for range 2 { // the error is final
		for s, err := range p.Strings() {
			got = append(got, fmt.Sprintf("%s %v", s, errors.Is(err, framing.ErrNetstring)))
		}
		p.Feed([]byte("1:c,"))
	}
	if want := []string{"b false", " true", " true"}; !slices.Equal(got, want) || p.Buffered() != 0 {
		t.Errorf("got %q, want %q; %d bytes are buffered", got, want, p.Buffered())
	}
}

func TestAllocStrings(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, format := range []framing.Format{framing.Netstring, framing.Int8, framing.Int16, framing.Int32} {
		n := 0
		c := framing.NewStrings(format, framing.StringHandlerFunc(func(*framing.Strings, []byte) { n++ }))
		tr := protocoltest.NewStringTransport()
		tr.Connect(c)
		var input []byte
		for range 100 {
			input, _ = framing.AppendString(input, format, []byte("a string of some length"))
		}
		if got := testing.AllocsPerRun(100, func() { c.DataReceived(tr, input) }); got != 0 {
			t.Errorf("%v: %v allocations for 100 strings that arrive whole, want 0", format, got)
		}
		if n != 101*100 {
			t.Errorf("%v: %d strings", format, n)
		}
	}
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte("5:hello,0:,"), uint8(0), uint16(0))
	f.Add([]byte("\x00\x02ab\x00\x00"), uint8(2), uint16(5))
	f.Fuzz(func(t *testing.T, input []byte, format uint8, limit uint16) {
		if len(input) > 300 {
			return
		}
		fm := framing.Format(format % 4)
		protocoltest.Splits(t, input, func(pieces iter.Seq[[]byte]) string {
			p := framing.StringParser{Format: fm, MaxLength: int(limit)}
			var b strings.Builder
			for piece := range pieces {
				p.Feed(piece)
				for s, err := range p.Strings() {
					if limit > 0 && len(s) > int(limit) {
						t.Fatalf("a string of %d bytes, with a limit of %d", len(s), limit)
					}
					fmt.Fprintf(&b, "%q %v\n", s, err)
					if err != nil {
						return b.String()
					}
				}
				if limit > 0 && p.Buffered() > int(limit)+8 {
					t.Fatalf("%d bytes are held, with a limit of %d", p.Buffered(), limit)
				}
			}
			return b.String()
		})
	})
}

func FuzzStringsRoundTrip(f *testing.F) {
	f.Add([]byte("hello"), []byte(""), uint8(0))
	f.Fuzz(func(t *testing.T, a, b []byte, format uint8) {
		fm := framing.Format(format % 4)
		p := framing.StringParser{Format: fm}
		var want []string
		for _, s := range [][]byte{a, b} {
			wire, err := framing.AppendString([]byte("x"), fm, s)
			if err != nil {
				if string(wire) != "x" {
					t.Errorf("an error, and yet %q was appended", wire)
				}
				continue
			}
			p.Feed(wire[1:])
			want = append(want, string(s))
		}
		var got []string
		for s, err := range p.Strings() {
			if err != nil && len(a) <= framing.DefaultMaxString && len(b) <= framing.DefaultMaxString {
				t.Fatal(err)
			}
			got = append(got, string(s))
		}
		if len(a) <= framing.DefaultMaxString && len(b) <= framing.DefaultMaxString && !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The longest length that fits an int waits for its string on every platform.
func TestLongestLength(t *testing.T) {
	for format, in := range map[framing.Format]string{framing.Netstring: "2147483647:x", framing.Int32: "\x7f\xff\xff\xffx"} {
		p := framing.StringParser{Format: format, MaxLength: math.MaxInt32}
		p.Feed([]byte(in))
		if s, ok, err := p.Next(); ok || err != nil {
			t.Errorf("%v: got %q, %v, %v", format, s, ok, err)
		}
	}
}
