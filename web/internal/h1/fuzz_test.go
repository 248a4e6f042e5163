// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1_test

import (
	"bytes"
	"io"
	"iter"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// chunks reads one chunked body, and returns its data, what followed, and how it ended.
func chunks(pieces iter.Seq[[]byte]) (data, rest []byte, done bool, err error) {
	body := h1.NewBody(&h1.Head{Chunked: true}, &small)
	for piece := range pieces {
		rest = append(rest, piece...)
		for !body.Done() {
			d, n, err := body.Next(rest)
			data = append(data, d...)
			rest = rest[n:]
			if err != nil {
				return data, nil, false, err
			}
			if n == 0 {
				break
			}
		}
	}
	return data, rest, body.Done(), nil
}

// FuzzChunked checks that a chunked body is the same in every split, and the same to net/http, where it is accepted.
func FuzzChunked(f *testing.F) {
	for _, s := range []string{
		"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\nGET", "A;x=\"y\"\r\n0123456789\r\n00\r\nT: u\r\n\r\n", "0x1\r\na\r\n0\r\n\r\n", "1\r\nab\r\n", "1;\n\r\na\r\n0\r\n\r\n", "+1\r\na\r\n0\r\n\r\n", "1 \r\na\r\n0\r\n\r\n",
		"ffffffffffffffff\r\n", "0\r\nContent-Length: 1\r\n\r\n", "1\r\na\n0\r\n\r\n",
	} {
		f.Add([]byte(s), uint16(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		data, rest, done, err := chunks(whole(string(in)))
		k := int(cut) % (len(in) + 1)
		for name, pieces := range map[string]iter.Seq[[]byte]{
			"in two": func(yield func([]byte) bool) { _ = yield(in[:k]) && yield(in[k:]) },
			"bytewise": func(yield func([]byte) bool) {
				for i := range in {
					if !yield(in[i : i+1]) {
						return
					}
				}
			},
		} {
			if d, r, o, e := chunks(pieces); !bytes.Equal(d, data) || !bytes.Equal(r, rest) || o != done || e != err {
				t.Errorf("%s: %q %q %v %v, whole: %q %q %v %v", name, d, r, o, e, data, rest, done, err)
			}
		}
		if !done {
			return
		}
		other, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in)))
		if err != nil || !bytes.Equal(other, data) {
			t.Errorf("%q: %q here, %q and %v by net/http", in, data, other, err)
		}
	})
}

// FuzzTarget checks that what is accepted as a target falls into its parts without loss, and that net/url finds the same.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"/", "/a/b?c=d", "*", "http://a", "http://a:80/b?c", "HTTPS://[::1]:1?x", "a:80", "[::1]:443", "http://u@h/", "//x/y", "/%zz", "http:///", "ftp://a/"} {
		f.Add("GET", s, "a")
		f.Add("CONNECT", s, s)
	}
	f.Fuzz(func(t *testing.T, method, target, host string) {
		var p h1.Parser
		var h h1.Head
		in := method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
		if n, err := p.Parse([]byte(in), &h); err != nil || n != len(in) || h.Target != target {
			return // more than one field, or none at all
		}
		whole := h.Path
		if strings.Contains(target, "?") {
			whole += "?" + h.Query
		}
		if h.Host == "" || !h1.ValidHost(h.Host) || strings.ContainsAny(h.Path, "? ") || h.Authority != "" && !strings.EqualFold(h.Authority, h.Host) {
			t.Errorf("%q: %+v", in, h)
		}
		switch {
		case method == "CONNECT":
			if h.Path != "" || h.Authority != target {
				t.Errorf("%q: %+v", in, h)
			}
		case target == "*":
			if h.Path != "*" {
				t.Errorf("%q: %+v", in, h)
			}
		case target[0] == '/':
			if whole != target || h.Authority != "" {
				t.Errorf("%q: %+v", in, h)
			}
		default:
			u, err := url.Parse(target)
			if err != nil {
				return // an escape that is malformed: the resource tree refuses it
			}
			if u.Host != h.Authority && !strings.Contains(h.Authority, "%") || u.User != nil || u.RawQuery != h.Query || h.Path != "/" && !strings.HasSuffix(target, whole) {
				t.Errorf("%q: %+v, net/url has %+v", in, h, u)
			}
		}
	})
}

// FuzzLists checks the reading of lists, and of the numbers and hosts that stand in fields.
func FuzzLists(f *testing.F) {
	for _, s := range []string{"", ",", "a", " a , b,\tc ", "keep-alive, close", "\"a,b\"", "a,,b", "42", "[::1]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var list []string
		h1.Tokens(s, func(el string) bool {
			if el == "" || h1.Trim(el) != el || strings.Contains(el, ",") || !strings.Contains(s, el) {
				t.Errorf("%q: element %q", s, el)
			}
			list = append(list, el)
			return true
		})
		var again []string
		h1.Tokens(strings.Join(list, ","), func(el string) bool { again = append(again, el); return true })
		if strings.Join(list, ",") != strings.Join(again, ",") {
			t.Errorf("%q: %q, again %q", s, list, again)
		}
		if n, ok := h1.ParseLength(s); ok && (n < 0 || strings.Trim(s, "0123456789") != "" || s == "") {
			t.Errorf("%q: length %d", s, n)
		}
		if h1.ValidHost(s) && strings.ContainsAny(s, " \t\r\n/@?#,\\<>\"\x00") {
			t.Errorf("%q is a host", s)
		}
	})
}
