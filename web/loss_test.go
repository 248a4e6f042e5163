// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/web"
)

// The client may go away after any byte: each request ends exactly once, and nothing of the connection is left.
func TestLossAfterEveryByte(t *testing.T) {
	for n := range len(conversation) + 1 {
		for _, asynchronous := range []bool{false, true} {
			begun, ended := 0, 0
			tr, site := serve(t, web.Func(func(r *web.Request) {
				begun++
				r.NotifyFinish(func(error) { ended++ })
				if asynchronous {
					r.NotDoneYet()
					r.Loop().CallLater(1, func() { r.Finish() })
				}
				echo(r)
			}), web.Config{})
			tr.FeedString(conversation[:n])
			tr.Lose(io.ErrUnexpectedEOF)
			tr.Clock.Advance(1)
			settle(tr)
			if begun != ended {
				t.Errorf("after %d bytes, asynchronous %v: %d requests begun, %d ended", n, asynchronous, begun, ended)
			}
			if open := site.Stats().Open; open != 0 {
				t.Errorf("after %d bytes: %d connections are counted as open", n, open)
			}
			for _, c := range tr.Clock.Calls() {
				t.Errorf("after %d bytes: a delayed call is left, due %v", n, c.Time())
			}
		}
	}
}

func TestTreeMayChangeWhileItServes(t *testing.T) {
	var root web.Tree
	root.PutChild("fixed", hello)
	site := web.NewSite(&root, web.Config{Logger: quiet})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			tr := connect(t, site)
			for range 50 {
				tr.FeedString("GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n")
			}
			settle(tr)
			if n := strings.Count(tr.Value(), "200 OK"); n != 50 {
				t.Errorf("%d answers", n)
			}
		})
		wg.Go(func() {
			for range 50 {
				root.PutChild("moving", hello)
				root.DelChild("moving")
			}
		})
	}
	wg.Wait()
}

// FuzzConnection checks that no input panics or keeps the connection for ever.
func FuzzConnection(f *testing.F) {
	f.Add([]byte(conversation), uint16(50))
	for _, class := range malformed {
		for _, in := range class.in {
			if len(in) < 500 {
				f.Add([]byte(in), uint16(20))
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		tr, site := serve(t, echo, web.Config{})
		k := int(cut) % (len(in) + 1)
		tr.Feed(in[:k])
		tr.Clock.Advance(0)
		tr.Feed(in[k:])
		tr.FeedEOF()
		for range 8 {
			tr.Clock.Advance(20e9)
			tr.Clock.Settle()
		}
		if site.Stats().Open != 0 || site.Stats().Panics != 0 {
			t.Errorf("%+v", site.Stats())
		}
	})
}
