// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// shouted wraps a resource that gets request bodies in capital letters, n times over.
func shouted(n int, inner web.Resource) web.Resource {
	return web.LeafFunc(func(r *web.Request) {
		r.DecodeBody(func(body []byte) ([]byte, error) {
			switch string(body) {
			case "large":
				return nil, web.ErrBodyTooLarge
			case "bad":
				return nil, errors.New("bad")
			}
			return bytes.Repeat(bytes.ToUpper(body), n), nil
		})
		web.Dispatch(inner, r)
	})
}

func postCoded(body string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: shout\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func TestDecodeBody(t *testing.T) {
	inner := web.Func(func(r *web.Request) {
		if r.ContentLength() != -1 || r.Header.Has("Content-Encoding") || r.Header.Has("Content-Length") {
			t.Errorf("length %d", r.ContentLength())
		}
		r.ReadBody(func(body []byte, err error) {
			if err == nil {
				fmt.Fprintf(r, "%s", body)
			}
		})
	})
	for body, want := range map[string]string{"": "200", "hello": "200", "bad": "400", "large": "413"} {
		for name, connect := range map[string]func() *protocoltest.StringTransport{
			"loop":    func() *protocoltest.StringTransport { tr, _ := serve(t, shouted(2, inner), web.Config{}); return tr },
			"threads": func() *protocoltest.StringTransport { return serveOnThreads(shouted(2, inner)) },
		} {
			tr := connect()
			tr.FeedString(postCoded(body) + postCoded("again"))
			until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), "AGAINAGAIN") })
			got := tr.Value()
			if status(got)[:3] != want || want == "200" && !strings.Contains(got, "\r\n\r\n"+strings.ToUpper(body+body)+"HTTP/1.1 200") {
				t.Errorf("%s, %q: got %q", name, body, got)
			}
		}
	}
}

func TestDecodeBodyOfHandler(t *testing.T) {
	tr := serveOnThreads(shouted(100000, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err, r.ContentLength)
	}))))
	tr.FeedString(postCoded("abcde"))
	until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), "500000 <nil> -1") })
}

// A resource that holds the body back gets the rest when it wants it, or the reason why not.
func TestDecodeBodyPauses(t *testing.T) {
	for _, lose := range []bool{false, true} {
		var r *web.Request
		got, ended, reason := 0, 0, error(nil)
		tr, _ := serve(t, shouted(100000, web.Func(func(req *web.Request) {
			r = req
			r.StreamBody(func(p []byte) { got += len(p); r.PauseBody() }, func(err error) { ended, reason = ended+1, err })
		})), web.Config{})
		tr.FeedString(postCoded("abc"))
		settle(tr)
		if got != 65536 || ended != 0 {
			t.Fatalf("%d bytes, ended %d", got, ended)
		}
		r.ResumeBody()
		settle(tr)
		if got != 2*65536 || ended != 0 {
			t.Fatalf("%d bytes, ended %d", got, ended)
		}
		if lose {
			tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
		}
		for range 10 {
			r.ResumeBody()
			settle(tr)
		}
		if ended != 1 || lose != (reason != nil) || !lose && got != 300000 {
			t.Errorf("%d bytes, ended %d, %v", got, ended, reason)
		}
	}
}
