// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"slices"
	"testing"

	"github.com/torsion-go/torsion/web"
)

const manyFields = "GET /a/b?c HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nAccept:  text/html , */* \r\nx-one:2\r\nEmpty:\r\n\r\n"

// A header that was received is read as it is, and is its owner's to change.
func TestReceivedHeader(t *testing.T) {
	seen := false
	root := web.LeafFunc(func(r *web.Request) {
		h := &r.Header
		seen = true
		read := func(when string) {
			if h.Len() != 5 || h.Get("x-ONE") != "1" || h.Get("accept") != "text/html , */*" || !h.Has("empty") || h.Get("Empty") != "" || h.Has("X-On") || h.Has("X-One: 1") || h.Has("") {
				t.Errorf("%s: %d fields, %q, %q", when, h.Len(), h.Get("X-One"), h.Get("Accept"))
			}
			if got := slices.Collect(h.Values("X-One")); !slices.Equal(got, []string{"1", "2"}) {
				t.Errorf("%s: values %q", when, got)
			}
			if got := slices.Collect(h.Tokens("Accept")); !slices.Equal(got, []string{"text/html", "*/*"}) {
				t.Errorf("%s: tokens %q", when, got)
			}
		}
		read("received")
		var names []string
		for name := range h.All() {
			if names = append(names, name); name == "X-One" {
				h.Del("nothing") // makes it the owner's
			}
		}
		if want := []string{"Host", "X-One", "Accept", "x-one", "Empty"}; !slices.Equal(names, want) {
			t.Errorf("names %q, want %q", names, want)
		}
		read("owned")
		h.Set("X-One", "3")
		h.Add("New", "4")
		if got := slices.Collect(h.Values("X-One")); !slices.Equal(got, []string{"3"}) || h.Get("New") != "4" || h.Len() != 5 {
			t.Errorf("changed: %q, %q, %d fields", got, h.Get("New"), h.Len())
		}
	})
	exchange(t, root, manyFields)
	if !seen {
		t.Fatal("nothing was rendered")
	}
}

// A request that is kept does not change when others come after it on the same connection and the memory that it arrived in is used again.
func TestRequestMayBeKept(t *testing.T) {
	var kept []*web.Request
	s, p := newSinkOf(web.LeafFunc(func(r *web.Request) {
		kept = append(kept, r)
		r.ResponseHeader().Set("X", r.Path)
		r.Write([]byte("x"))
	}))
	in := []byte(manyFields)
	p.DataReceived(s, in)
	for i := range in {
		in[i] = 'z'
	}
	p.DataReceived(s, []byte("GET /q HTTP/1.1\r\nHost: b\r\nX-One: 5\r\nUser-Agent: c\r\n\r\n"))
	if len(kept) != 2 {
		t.Fatalf("%d requests", len(kept))
	}
	r := kept[0]
	if r.Path != "/a/b" || r.Query != "c" || r.Host != "a" || r.Header.Get("X-One") != "1" || r.ResponseHeader().Get("X") != "/a/b" || !slices.Equal(r.PostPath, []string{"a", "b"}) {
		t.Errorf("the request has become %q %q %q %q %q %q", r.Path, r.Query, r.Host, r.Header.Get("X-One"), r.ResponseHeader().Get("X"), r.PostPath)
	}
}
