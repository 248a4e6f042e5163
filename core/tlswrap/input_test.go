// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"strings"
	"testing"
)

// readAll reads what can be read, record by record.
func (i *input) readAll() (records []string) {
	p := make([]byte, 2*maxRecord)
	for i.next() {
		records = append(records, string(p[:i.read(p)]))
	}
	return records
}

// feed adds p, in the way of DataReceived.
func (i *input) feed(p string) (records []string) {
	lent := []byte(p)
	for b := lent; len(b) > 0; {
		b = b[i.add(b):]
		records = append(records, i.readAll()...)
	}
	i.keep()
	clear(lent) // raw uses it for something else
	return records
}

// TestInputSplits: records come out whole, however they came in.
func TestInputSplits(t *testing.T) {
	want := []string{"\x17\x03\x03\x00\x01a", "\x16\x03\x03\x00\x00", "\x17\x03\x03\x03\x00" + strings.Repeat("b", 0x300), "\x15\x03\x01\x00\x02cd"}
	all := strings.Join(want, "")
	for a := range len(all) {
		for _, b := range []int{a, a + 1, a + 4, a + 700} {
			b = min(b, len(all))
			var i input
			var got []string
			for _, part := range []string{all[:a], all[a:b], all[b:]} {
				got = append(got, i.feed(part)...)
			}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Fatalf("split at %d and %d: %q", a, b, got)
			}
			if i.in != nil || i.buf != nil || i.left != 0 {
				t.Fatalf("split at %d and %d: %+v is left", a, b, i)
			}
		}
	}
}

// TestInputRefuses: what is no record is not waited for.
func TestInputRefuses(t *testing.T) {
	for _, p := range []string{"GET / HTTP/1.1\r\n", "\x80\x2e\x01\x03\x01", "\x17\x02\x03\x00\x09", "\x17\x03\x03\x48\x01", "\x13\x03\x03\x00\x09", "\x18\x03\x03\x00\x09"} {
		var i input
		if got := i.feed(p[:4]); got != nil {
			t.Errorf("%q: read without a header: %q", p, got)
		}
		if got := i.feed(p[4:]); len(got) == 0 || got[0] != p[:min(len(p), len(got[0]))] {
			t.Errorf("%q: %q", p, got)
		}
	}
	var i input
	if got := i.feed("\x17\x03\x03\x48\x00"); got != nil || i.next() {
		t.Errorf("the largest record of TLS 1.2 is refused: %q", got)
	}
}

// TestInputKeepsWhatIsNotRead: a reader that pauses finds everything in order.
func TestInputKeepsWhatIsNotRead(t *testing.T) {
	one, two := "\x17\x03\x03\x00\x02ab", "\x17\x03\x03\x80\x00"[:3]+"\x40\x00"+strings.Repeat("c", 0x4000)
	var i input
	for _, p := range []string{one + two[:10], two[10:100], two[100:] + one, one} {
		lent := []byte(p)
		for b := lent; len(b) > 0; {
			b = b[i.add(b):]
		}
		i.keep()
		clear(lent)
	}
	if got := strings.Join(i.readAll(), "|"); got != strings.Join([]string{one, two, one, one}, "|") {
		t.Errorf("%d bytes: %.100q", len(got), got)
	}
}

// TestInputMemory: the beginning of a record takes the memory of what has come, within a factor of two, or 512 bytes.
func TestInputMemory(t *testing.T) {
	var i input
	i.feed("\x17\x03\x03\x48\x00")
	for n := recordHeader; n < maxRecord-1; n++ {
		if c := cap(*i.buf); c > max(inputSize, 2*n) || c > maxRecord {
			t.Fatalf("%d bytes for %d", c, n)
		}
		i.feed("x")
	}
	if got := i.feed("x"); len(got) != 1 || len(got[0]) != maxRecord {
		t.Errorf("%d records", len(got))
	}
	if i.buf != nil {
		t.Error("the buffer is kept")
	}
	for _, n := range []int{1, inputSize, inputSize + 1, maxRecord - 1, maxRecord, maxRecord + 1, 100000} {
		b := getInput(n)
		if cap(*b) < n {
			t.Errorf("a buffer of %d bytes for %d", cap(*b), n)
		}
		putInput(b)
	}
}
