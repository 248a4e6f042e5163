// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fcgi_test

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/fcgi"
)

// answer gathers what a Wire makes of input.
type answer struct {
	out, err strings.Builder
	code     int
}

func (a *answer) Stdout(p []byte) { a.out.Write(p) }
func (a *answer) Stderr(p []byte) { a.err.Write(p) }
func (a *answer) Exit(code int)   { a.code = code }

func read(pieces iter.Seq[[]byte]) string {
	var (
		w fcgi.Wire
		a answer
	)
	end := ""
	for p := range pieces {
		if end != "" {
			break
		}
		done, err := w.Decode(p, &a)
		switch {
		case err != nil:
			end = err.Error()
		case done:
			end = fmt.Sprint("done ", a.code)
		}
	}
	return fmt.Sprintf("%q %q %s", a.out.String(), a.err.String(), end)
}

func TestDecode(t *testing.T) {
	stdout := func(s string) string { return string(fcgi.AppendStream(nil, fcgi.Stdout, 1, []byte(s))) }
	end := "\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00"
	for _, test := range []struct{ in, want string }{
		{stdout("hello") + end, `"hello" "" done 7`},
		{"\x01\x06\x00\x01\x00\x02\x06\x00hi\x00\x00\x00\x00\x00\x00" + "\x01\x07\x00\x01\x00\x01\x00\x00e" + "\x01\x06\x00\x01\x00\x00\x00\x00" + end, `"hi" "e" done 7`},
		{"\x01\x0a\x00\x00\x00\x01\x07\x00xzzzzzzz" + "\x01\x06\x00\x02\x00\x01\x00\x00x" + stdout("a") + end, `"a" "" done 7`},
		{stdout("a"), `"a" "" `},
		{"\x02\x06\x00\x01\x00\x00\x00\x00", `"" "" not a FastCGI record: the version is not 1`},
		{"\x01\x03\x00\x01\x00\x07\x00\x00", `"" "" a FastCGI record has the wrong length for its type`},
		{"\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00", `"" "" the application refused the request: FastCGI status 1 (cannot multiplex)`},
	} {
		protocoltest.Splits(t, []byte(test.in), func(pieces iter.Seq[[]byte]) string {
			got := read(pieces)
			if got != test.want {
				t.Errorf("%q: got %s, want %s", test.in, got, test.want)
			}
			return got
		})
	}
}

func TestBegin(t *testing.T) {
	var w fcgi.Wire
	long := strings.Repeat("v", 70000)
	got := w.Begin(nil, []cgienv.Var{{Name: "A", Value: "b"}, {Name: "L", Value: long}}, true)
	want := "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00" + "\x01\x04\x00\x01\xff\xf8\x00\x00" + "\x01\x01Ab" + "\x01\x80\x01\x11\x70Lvv"
	if !bytes.HasPrefix(got, []byte(want)) {
		t.Errorf("got %q, want %q", got[:len(want)], want)
	}
	if !bytes.HasSuffix(got, []byte("v\x01\x04\x00\x01\x00\x00\x00\x00")) || len(got) != 16+8+8+8+70000+10 {
		t.Errorf("%d bytes", len(got))
	}
	if b := w.Body(nil, nil); len(b) != 0 {
		t.Errorf("an empty piece ends the stream: %q", b)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x01\x06\x00\x01\x00\x02\x06\x00hi\x00\x00\x00\x00\x00\x00\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00"), 9)
	f.Fuzz(func(t *testing.T, in []byte, at int) {
		at = min(max(at, 0), len(in))
		whole := read(func(yield func([]byte) bool) { yield(in) })
		split := read(func(yield func([]byte) bool) { _ = yield(in[:at]) && yield(in[at:]) })
		if whole != split {
			t.Errorf("whole %s, split %s", whole, split)
		}
	})
}
