// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"strings"
	"testing"

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
