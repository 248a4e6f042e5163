// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

const logged = "GET /\"\\?q HTTP/1.1\r\nHost: a\r\nReferer: r\"\x80\r\nUser-Agent: u\ta\r\n\r\nHEAD / HTTP/1.0\r\n\r\n"

// Class 61: a client cannot forge lines.
func TestCombinedLog(t *testing.T) {
	var buf bytes.Buffer
	tr, _ := serve(t, hello, web.Config{AccessLog: web.CombinedLog(&buf)})
	tr.FeedString(logged)
	settle(tr)
	want := `192.168.1.1 - - [01/Jan/2000:00:00:00 +0000] "GET /\"\\?q HTTP/1.1" 200 5 "r\"\x80" "u\x09a"` + "\n" +
		`192.168.1.1 - - [01/Jan/2000:00:00:00 +0000] "HEAD / HTTP/1.0" 200 - "-" "-"` + "\n"
	if got := buf.String(); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestCombinedLogOfOtherPeers(t *testing.T) {
	var buf bytes.Buffer
	web.CombinedLog(&buf).LogAccess(&web.Access{Remote: protocol.UNIXAddr("/run/x"), Method: "GET", URI: "/", Proto: "HTTP/1.1", Status: 204})
	if got := buf.String(); got[:2] != "- " {
		t.Errorf("got %q", got)
	}
}

func TestSlogAccess(t *testing.T) {
	var buf bytes.Buffer
	tr, _ := serve(t, hello, web.Config{AccessLog: web.SlogAccess(slog.New(slog.NewJSONHandler(&buf, nil)))})
	tr.FeedString(get + "bad request\r\n")
	settle(tr)
	var got struct {
		Remote, Method, URI, Proto, Host string
		Status, Bytes                    int
	}
	dec := json.NewDecoder(&buf)
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Remote != "192.168.1.1" || got.Method != "GET" || got.URI != "/" || got.Host != "a" || got.Status != 200 || got.Bytes != 5 {
		t.Errorf("got %+v", got)
	}
	if err := dec.Decode(&got); err != nil || got.Status != 400 || got.Method != "-" {
		t.Errorf("the refused request: %+v, %v", got, err)
	}
}

type accessFunc func(a *web.Access)

func (f accessFunc) LogAccess(a *web.Access) { f(a) }

// The loop's clock stands still while a resource renders: the real one does not.
func TestAccessDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []time.Duration
		slow := web.Func(func(r *web.Request) { <-time.After(3 * time.Millisecond) }) // in the bubble's time
		tr, _ := serve(t, slow, web.Config{AccessLog: accessFunc(func(a *web.Access) { got = append(got, a.Duration) })})
		tr.FeedString(get + "bad request\r\n")
		settle(tr)
		if !slices.Equal(got, []time.Duration{3 * time.Millisecond, 0}) {
			t.Errorf("got %v, want 3ms and, for what was refused, 0", got)
		}
	})
}

type writes struct {
	bytes.Buffer
	n int
}

func (w *writes) Write(p []byte) (int, error) { w.n++; return w.Buffer.Write(p) }

// The lines of requests that arrive together leave in one Write, and those of others at once.
func TestCombinedLogWrites(t *testing.T) {
	var w writes
	root := web.Func(func(r *web.Request) {
		if r.Path == "/later" {
			r.NotDoneYet()
			r.Loop().CallLater(time.Second, func() { r.Finish() })
		}
	})
	tr, _ := serve(t, root, web.Config{AccessLog: web.CombinedLog(&w)})
	tr.FeedString(strings.Repeat(get, 5))
	if lines := strings.Count(w.String(), "\n"); lines != 5 || w.n != 1 {
		t.Errorf("%d lines in %d writes, want 5 in 1", lines, w.n)
	}
	tr.FeedString(strings.Replace(get, "/", "/later", 1))
	tr.Clock.Advance(time.Second)
	if lines := strings.Count(w.String(), "\n"); lines != 6 || w.n != 2 {
		t.Errorf("%d lines in %d writes, want 6 in 2", lines, w.n)
	}
}
