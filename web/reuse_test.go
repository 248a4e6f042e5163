// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// A conversation is the same whether Requests are used again or not, however it is split.
func TestReuseInEverySplit(t *testing.T) {
	talk := func(pieces iter.Seq[[]byte], reuse bool) string {
		tr, _ := serve(t, echo, web.Config{ReuseRequests: reuse})
		for p := range pieces {
			tr.Feed(p)
		}
		for range 3 {
			tr.Clock.Advance(0)
		}
		return fmt.Sprintf("%s closed %v", tr.Value(), tr.WriteClosed() || tr.Disconnecting())
	}
	want := talk(func(yield func([]byte) bool) { yield([]byte(conversation)) }, false)
	protocoltest.Splits(t, []byte(conversation), func(pieces iter.Seq[[]byte]) string {
		got := talk(pieces, true)
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		return got
	})
}

// reuser answers in every way that there is, by the first letter of the path.
type reuser struct {
	told  []string
	later []func()
}

func (u *reuser) render(r *web.Request) {
	path := r.Path
	done := func(how string, err error) { u.told = append(u.told, fmt.Sprintf("%s %s %v", how, path, err)) }
	answer := func() {
		if len(r.ResponseHeader().Get("X")) > 0 || r.Status() != 200 || r.HeadSent() || r.Path != path || len(r.PrePath)+len(r.PostPath) != 1 {
			done("dirty", nil)
		}
		r.ResponseHeader().Set("X", path)
		fmt.Fprintf(r, "answer %s %s;", path, r.Header.Get("N"))
	}
	switch path[1] {
	case 'n':
		r.NotifyEnd(func(err error) { done("end", err) })
		answer()
	case 'c':
		ctx := r.Context()
		context.AfterFunc(ctx, func() {})
		u.later = append(u.later, func() { done("context", context.Cause(ctx)) })
		answer()
	case 'l':
		d := deferred.New[string](r.Loop())
		u.later = append(u.later, func() { d.Callback("") })
		web.Later(r, d, func(string) { answer() })
	case 'o': // Finish comes first, and what Later waits for then
		d := deferred.New[string](r.Loop())
		u.later = append(u.later, func() { d.Callback("") })
		web.Later(r, d, func(string) { done("late", nil) })
		answer()
		r.Finish()
	case 'w':
		r.NotDoneYet()
		u.later = append(u.later, func() { answer(); r.Finish() })
	case 's':
		r.SetStatus(404)
		r.ResponseHeader().Set("Y", "1")
		r.ResponseHeader().Set("Z", "1")
		fmt.Fprintf(r, "answer %s %s;", path, r.Header.Get("N"))
	case 'b':
		r.ReadBody(func([]byte, error) { answer() })
	default:
		answer()
	}
}

// Every kind of request, in an order in which each kind follows each other, one by one and all at once.
func TestReuseOfEveryKind(t *testing.T) {
	const kinds = "pncloswb"
	var order []byte
	for _, a := range kinds {
		for _, b := range kinds {
			order = append(order, byte(a), byte(b))
		}
	}
	run := func(reuse, together bool) (string, string, string) {
		u, log := new(reuser), new(strings.Builder)
		config := web.Config{ReuseRequests: reuse, AccessLog: web.CombinedLog(log)}
		tr, _ := serve(t, web.LeafFunc(u.render), config)
		turn := func() {
			tr.Clock.Advance(0)
			for len(u.later) > 0 {
				f := u.later[0]
				u.later = u.later[1:]
				f()
				tr.Clock.Advance(0)
				tr.Clock.Advance(0)
			}
		}
		for i, kind := range order {
			text := fmt.Sprintf("GET /%c HTTP/1.1\r\nHost: a\r\nN: %d\r\n\r\n", kind, i)
			if kind == 'b' {
				text = fmt.Sprintf("POST /b HTTP/1.1\r\nHost: a\r\nN: %d\r\nContent-Length: 4\r\n\r\nbody", i)
			}
			if tr.FeedString(text); !together {
				turn()
			}
		}
		for range order {
			turn()
		}
		return tr.Value(), strings.Join(u.told, "\n"), log.String()
	}
	for _, together := range []bool{false, true} {
		wantOut, wantTold, wantLog := run(false, together)
		out, told, log := run(true, together)
		if out != wantOut || told != wantTold || log != wantLog {
			t.Errorf("together %v: with ReuseRequests %d bytes, without %d\n%s\nand\n%s", together, len(out), len(wantOut), told, wantTold)
		}
		if n := strings.Count(out, "answer /"); n != len(order) || strings.Contains(told, "dirty") || strings.Contains(told, "late") || strings.Count(log, "\n") != n {
			t.Errorf("together %v: %d answers to %d requests, %d lines of log, %q", together, n, len(order), strings.Count(log, "\n"), told)
		}
	}
}

// What is done with a Request that is over does not go to the next one unnoticed.
func TestReuseMisused(t *testing.T) {
	var kept *web.Request
	tr, _ := serve(t, web.Func(func(r *web.Request) { kept = r }), web.Config{ReuseRequests: true})
	for name, f := range map[string]func(){
		"write": func() { kept.Write([]byte("x")) }, "finish": func() { kept.Finish() }, "abort": func() { kept.Abort() }, "address": func() { kept.RemoteAddr() },
		"flush": func() { kept.Flush() }, "body": func() { kept.ReadBody(func([]byte, error) {}) },
	} {
		tr.FeedString(get)
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.Contains(s, "used after its end") {
					t.Errorf("%s: %q", name, s)
				}
			}()
			f()
			t.Errorf("%s: no panic", name)
		}()
	}
}

// The memory is used again by the same connection only, and never while the answer waits.
func TestReuseIsOfOneConnection(t *testing.T) {
	seen := make(map[*web.Request]string)
	held := []*web.Request(nil)
	page := web.LeafFunc(func(r *web.Request) {
		if other := seen[r]; other != "" && other != r.Header.Get("C") {
			t.Errorf("connection %s has what connection %s had", r.Header.Get("C"), other)
		}
		seen[r] = r.Header.Get("C")
		if r.Path == "/wait" {
			r.NotDoneYet()
			held = append(held, r)
		}
		r.WriteString("hello")
	})
	a, site := serve(t, page, web.Config{ReuseRequests: true})
	b := connect(t, site)
	for range 3 {
		a.FeedString("GET / HTTP/1.1\r\nHost: a\r\nC: a\r\n\r\n")
		b.FeedString("GET / HTTP/1.1\r\nHost: a\r\nC: b\r\n\r\n")
	}
	if !raceEnabled && len(seen) != 2 {
		t.Errorf("%d Requests for two connections", len(seen))
	}
	a.FeedString(strings.Repeat("GET /wait HTTP/1.1\r\nHost: a\r\nC: a\r\n\r\n", 2))
	settle(a)
	a.Clock.Advance(time.Second)
	if len(held) != 1 || held[0].Path != "/wait" {
		t.Errorf("%d requests are answered at once", len(held))
	}
	held[0].Finish()
	settle(a)
	if len(held) != 2 {
		t.Error("the second one was not answered")
	}
}
