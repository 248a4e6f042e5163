// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"log/slog"

	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// A client that sends more requests than a pass answers is held up: what it sends does not pile up in memory.
func TestPipelineFloodIsHeldUp(t *testing.T) {
	const requests = 4000 // of 18 bytes: more than are read ahead
	tr, _ := serve(t, hello, web.Config{})
	tr.FeedString(strings.Repeat("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", requests))
	if tr.ProducerState() != protocoltest.Paused {
		t.Error("the client is read from although its requests pile up")
	}
	settle(tr)
	if n := strings.Count(tr.Value(), "hello"); n != requests {
		t.Errorf("%d answers, want %d", n, requests)
	}
	if tr.ProducerState() != protocoltest.Producing {
		t.Error("reading did not go on")
	}
}

// Input may be dropped in the middle of a header, as happens when a connection is upgraded: what follows is read from its beginning.
func TestDiscardBuffered(t *testing.T) {
	tr, site := serve(t, hello, web.Config{})
	p, err := site.BuildProtocol(tr.Remote)
	if err != nil {
		t.Fatal(err)
	}
	tr = protocoltest.NewStringTransport()
	tr.Connect(p)
	tr.FeedString("GET /injected HTTP/1.1\r\nHost: a\r\nX: ")
	if n := p.(protocol.BufferDiscarder).DiscardBuffered(); n != 36 {
		t.Errorf("%d bytes were dropped", n)
	}
	tr.FeedString(get)
	if status(tr.Value()) != "200 OK" {
		t.Errorf("got %q", tr.Value())
	}
}

// Class 10, CVE-2023-46137 and CVE-2024-41671: requests that came together, the later the sooner done, are answered in their order, and one at a time.
func TestPipelinedAnswersInOrder(t *testing.T) {
	const n = 20
	running, worst := 0, 0
	var order []string
	page := web.Func(func(r *web.Request) {
		running++
		worst = max(worst, running)
		order = append(order, r.Path)
		k, _ := strconv.Atoi(r.Path[1:])
		answer := func() {
			running--
			r.ResponseHeader().Set("Content-Length", strconv.Itoa(len("answer ;")+len(r.Path)))
			fmt.Fprintf(r, "answer %s;", r.Path)
		}
		switch k % 3 {
		case 0: // from elsewhere
			r.NotDoneYet()
			r.Loop().CallLater(time.Duration(n-k)*time.Second, func() { answer(); r.Finish() })
		case 1: // behind the body
			r.ReadBody(func([]byte, error) { answer() })
		default:
			answer()
		}
	})
	var in, want strings.Builder
	for k := range n {
		fmt.Fprintf(&in, "POST /%d HTTP/1.%d\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nGET", k, k%2)
		fmt.Fprintf(&want, "answer /%d;", k)
	}
	for _, piece := range []int{in.Len(), 1, 7, 100} {
		running, worst, order = 0, 0, nil
		tr, _ := serve(t, page, web.Config{})
		for p := range slices.Chunk([]byte(in.String()), piece) {
			tr.Feed(p)
		}
		for range n * n {
			tr.Clock.Advance(time.Second / 2)
		}
		got := strings.Join(answerText.FindAllString(tr.Value(), -1), "")
		if got != want.String() || worst != 1 || len(order) != n {
			t.Errorf("pieces of %d: got %q, %d at a time, order %q", piece, got, worst, order)
		}
	}
}

var answerText = regexp.MustCompile(`answer /[0-9]+;`)

// Class 12: what is written for a client that does not read is bounded, where no producer minds that.
func TestQueueIsBounded(t *testing.T) {
	var log strings.Builder
	var failed error
	tr, site := serve(t, web.Func(func(r *web.Request) {
		r.NotifyFinish(func(err error) { failed = err })
		r.NotDoneYet()
		r.Write(make([]byte, 60000))
		r.Loop().CallLater(time.Second, func() { r.Write(make([]byte, 60000)) })
	}), web.Config{Limits: web.Limits{Queue: 100000}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	tr.Stalled = true
	tr.FeedString(get)
	settle(tr)
	if tr.Disconnected() {
		t.Error("below the limit")
	}
	tr.Clock.Advance(time.Second)
	settle(tr)
	if !tr.Disconnected() || !errors.Is(failed, protocol.ErrBufferOverflow) || site.Stats().Overflowed != 1 || !strings.Contains(log.String(), "too much unsent data") {
		t.Errorf("%v, %+v, %q", failed, site.Stats(), log.String())
	}
}
