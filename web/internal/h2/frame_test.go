// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"bytes"
	"errors"
	"testing"
)

// describe parses one frame and appends it again, as text.
func remake(t *testing.T, b []byte) (again []byte, err error) {
	t.Helper()
	h, p, n, err := ParseFrame(b, MinFrameSize)
	if err != nil || n == 0 {
		return nil, err
	}
	if n != len(b) {
		t.Fatalf("%d bytes of %d", n, len(b))
	}
	switch h.Type {
	case TypeData:
		data, err := ParseData(h, p)
		return AppendData(nil, h.Stream, data, h.Flags.Has(FlagEndStream)), err
	case TypeHeaders:
		block, err := ParseHeaders(h, p)
		return AppendHeaders(nil, h.Stream, block, h.Flags.Has(FlagEndStream), MinFrameSize), err
	case TypePriority:
		return b, CheckPriority(h, p)
	case TypeRSTStream:
		code, err := ParseRSTStream(h, p)
		return AppendRSTStream(nil, h.Stream, code), err
	case TypeSettings:
		if err := CheckSettings(h, p); err != nil || h.Flags.Has(FlagAck) {
			return AppendSettingsAck(nil), err
		}
		var all []Setting
		for len(p) > 0 {
			var s Setting
			if s, p = SettingAt(p); s.Check() != nil {
				return nil, s.Check()
			}
			all = append(all, s)
		}
		return AppendSettings(nil, all...), nil
	case TypePing:
		data, err := ParsePing(h, p)
		return AppendPing(nil, data, h.Flags.Has(FlagAck)), err
	case TypeGoAway:
		last, code, err := ParseGoAway(h, p)
		if err != nil {
			return nil, err
		}
		return AppendGoAway(nil, last, code, string(p[8:])), nil
	case TypeWindowUpdate:
		n, err := ParseWindowUpdate(h, p)
		return AppendWindowUpdate(nil, h.Stream, n), err
	case TypePriorityUpdate:
		stream, prio, err := ParsePriorityUpdate(h, p)
		value := "u=" + string('0'+prio.Urgency)
		if prio.Incremental {
			value += ", i"
		}
		return AppendPriorityUpdate(nil, stream, value), err
	}
	return b, nil
}

func TestFrames(t *testing.T) {
	for name, b := range map[string]string{
		"data":            "\x00\x00\x02\x00\x01\x00\x00\x00\x03hi",
		"empty data":      "\x00\x00\x00\x00\x00\x00\x00\x00\x03",
		"headers":         "\x00\x00\x01\x01\x05\x00\x00\x00\x01\x82",
		"rst":             "\x00\x00\x04\x03\x00\x00\x00\x00\x07\x00\x00\x00\x08",
		"settings":        "\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00\x63\x00\x00\x00\x01",
		"settings ack":    "\x00\x00\x00\x04\x01\x00\x00\x00\x00",
		"ping":            "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678",
		"ping ack":        "\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678",
		"goaway":          "\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x02why",
		"window update":   "\x00\x00\x04\x08\x00\x00\x00\x00\x05\x00\x01\x00\x00",
		"priority":        "\x00\x00\x05\x02\x00\x00\x00\x00\x05\x00\x00\x00\x01\x10",
		"priority update": "\x00\x00\x0a\x10\x00\x00\x00\x00\x00\x00\x00\x00\x05u=1, i",
		"unknown":         "\x00\x00\x01\xff\x55\x00\x00\x00\x05?",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := remake(t, []byte(b))
			if err != nil || string(got) != b {
				t.Errorf("got %q, %v", got, err)
			}
			for i := range len(b) {
				if _, _, n, err := ParseFrame([]byte(b[:i]), MinFrameSize); n != 0 || err != nil {
					t.Fatalf("%d bytes of the front: %d, %v", i, n, err)
				}
			}
		})
	}
}

func TestPaddingAndPriorityAreTakenOff(t *testing.T) {
	got, err := remake(t, []byte("\x00\x00\x06\x00\x08\x00\x00\x00\x03\x03hi\x00\x00\x00"))
	if want := AppendData(nil, 3, []byte("hi"), false); err != nil || !bytes.Equal(got, want) {
		t.Errorf("data: %q, %v", got, err)
	}
	got, err = remake(t, []byte("\x00\x00\x08\x01\x2c\x00\x00\x00\x03\x01\x80\x00\x00\x01\xff\x82\x00"))
	if want := AppendHeaders(nil, 3, []byte{0x82}, false, 100); err != nil || !bytes.Equal(got, want) {
		t.Errorf("headers: %q, %v", got, err)
	}
}

func TestMalformedFrames(t *testing.T) {
	for _, tt := range []struct {
		name, b string
		code    Code
		stream  uint32
	}{
		{"too large", "\x00\x40\x01\x00\x00\x00\x00\x00\x03", FrameSizeError, 0},
		{"data without a stream", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", ProtocolError, 0},
		{"padding length missing", "\x00\x00\x00\x00\x08\x00\x00\x00\x03", FrameSizeError, 0},
		{"padding too long", "\x00\x00\x02\x00\x08\x00\x00\x00\x03\x02x", ProtocolError, 0},
		{"headers without a stream", "\x00\x00\x00\x01\x00\x00\x00\x00\x00", ProtocolError, 0},
		{"headers with half a priority", "\x00\x00\x03\x01\x20\x00\x00\x00\x01abc", FrameSizeError, 0},
		{"headers that depend on themselves", "\x00\x00\x05\x01\x20\x00\x00\x00\x01\x00\x00\x00\x01\x10", ProtocolError, 1},
		{"priority without a stream", "\x00\x00\x05\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x10", ProtocolError, 0},
		{"priority of 4", "\x00\x00\x04\x02\x00\x00\x00\x00\x05\x00\x00\x00\x01", FrameSizeError, 5},
		{"priority on itself", "\x00\x00\x05\x02\x00\x00\x00\x00\x05\x00\x00\x00\x05\x10", ProtocolError, 5},
		{"rst without a stream", "\x00\x00\x04\x03\x00\x00\x00\x00\x00\x00\x00\x00\x08", ProtocolError, 0},
		{"rst of 3", "\x00\x00\x03\x03\x00\x00\x00\x00\x01\x00\x00\x00", FrameSizeError, 0},
		{"settings on a stream", "\x00\x00\x00\x04\x00\x00\x00\x00\x01", ProtocolError, 0},
		{"settings of 5", "\x00\x00\x05\x04\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00", FrameSizeError, 0},
		{"settings ack with settings", "\x00\x00\x06\x04\x01\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00", FrameSizeError, 0},
		{"push of 2", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02", ProtocolError, 0},
		{"window of 2^31", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x80\x00\x00\x00", FlowControlError, 0},
		{"frames of 16383", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x3f\xff", ProtocolError, 0},
		{"ping on a stream", "\x00\x00\x08\x06\x00\x00\x00\x00\x0112345678", ProtocolError, 0},
		{"ping of 7", "\x00\x00\x07\x06\x00\x00\x00\x00\x001234567", FrameSizeError, 0},
		{"goaway on a stream", "\x00\x00\x08\x07\x00\x00\x00\x00\x0112345678", ProtocolError, 0},
		{"goaway of 7", "\x00\x00\x07\x07\x00\x00\x00\x00\x001234567", FrameSizeError, 0},
		{"window update of 3", "\x00\x00\x03\x08\x00\x00\x00\x00\x05\x00\x01\x00", FrameSizeError, 0},
		{"window update by 0", "\x00\x00\x04\x08\x00\x00\x00\x00\x05\x00\x00\x00\x00", ProtocolError, 5},
		{"priority update on a stream", "\x00\x00\x04\x10\x00\x00\x00\x00\x01\x00\x00\x00\x01", ProtocolError, 0},
		{"priority update of 3", "\x00\x00\x03\x10\x00\x00\x00\x00\x00\x00\x00\x00", FrameSizeError, 0},
		{"priority update for none", "\x00\x00\x04\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00", ProtocolError, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := remake(t, []byte(tt.b))
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != tt.code || e.Stream != tt.stream {
				t.Errorf("got %v, want %v on stream %d", err, tt.code, tt.stream)
			}
		})
	}
}

// Frames that were read and appended again say the same.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x02\x00\x01\x00\x00\x00\x03hi"))
	f.Add([]byte("\x00\x00\x08\x01\x2c\x00\x00\x00\x03\x01\x80\x00\x00\x01\xff\x82\x00"))
	f.Add([]byte("\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00\x63\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, n, err := ParseFrame(b, MinFrameSize)
		if err != nil || n == 0 {
			return
		}
		once, err := remake(t, b[:n])
		if err != nil {
			return
		}
		if twice, err := remake(t, once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q became %q, then %q, %v", b[:n], once, twice, err)
		}
	})
}

func TestHeadersAreCutIntoContinuations(t *testing.T) {
	got := AppendHeaders(nil, 1, []byte("abcde"), true, 2)
	want := "\x00\x00\x02\x01\x01\x00\x00\x00\x01ab" + "\x00\x00\x02\x09\x00\x00\x00\x00\x01cd" + "\x00\x00\x01\x09\x04\x00\x00\x00\x01e"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPriorityField(t *testing.T) {
	for value, want := range map[string]Priority{
		"":                {3, false},
		"u=0":             {0, false},
		"u=7, i":          {7, true},
		"i=?1,u=2":        {2, true},
		"i, i=?0":         {3, false},
		"u=8":             {3, false},
		"u=-1":            {3, false},
		"u=5;x=y, foo=\"": {5, false},
		" u=1 ,\ti":       {1, true},
		"U=1":             {3, false},
	} {
		if got := ParsePriority(value); got != want {
			t.Errorf("%q: got %+v, want %+v", value, got, want)
		}
	}
}
