// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

// conversation is a string of requests of every kind.
const conversation = "\r\nGET /a?b=c HTTP/1.1\r\nHost: a\r\nX: \t y \r\n\r\n" +
	"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world" +
	"POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n006\r\n world\r\n0;x\r\nSum: 1\r\n\r\n" +
	"PUT /empty HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
	"GET http://a/absolute HTTP/1.1\r\nHost: A\r\n\r\n" +
	"get /lower HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" +
	"GET /last HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n" + smuggled

func answersTo(t *testing.T, pieces iter.Seq[[]byte]) string {
	tr, _ := serve(t, echo, web.Config{})
	for p := range pieces {
		tr.Feed(p)
	}
	for range 3 {
		tr.Clock.Advance(0)
	}
	return fmt.Sprintf("%s closed %v", tr.Value(), tr.WriteClosed() || tr.Disconnecting())
}

func TestConversationInEverySplit(t *testing.T) {
	protocoltest.Splits(t, []byte(conversation), func(pieces iter.Seq[[]byte]) string { return answersTo(t, pieces) })
	tr, _ := serve(t, echo, web.Config{})
	tr.FeedString(conversation)
	settle(tr)
	var got []string
	for line := range strings.SplitSeq(tr.Value(), "\n") {
		if strings.HasSuffix(line, `"`) {
			got = append(got, line)
		}
	}
	want := []string{`GET /a ""`, `POST /length "hello world"`, `POST /chunks "hello world"`, `PUT /empty ""`, `GET /absolute ""`, `get /lower ""`, `GET /last ""`}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}
