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

// The numbers are those of the classes of attack in the project's list of hardening tests.
var hostile = []struct{ name, in, status string }{
	{"1 CL.TE", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"1 TE.CL", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n", "400"},
	{"1 TE.TE", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400"},
	{"1 chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400"},
	{"1 chunked not last", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "400"},
	{"1 chunked with a parameter", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", "400"},
	{"1 empty coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", "400"},
	{"1 vertical tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", "400"},
	{"1 identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "501"},
	{"1 unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
	{"1 coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"2 two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", "400"},
	{"2 two equal lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", "400"},
	{"2 list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n", "400"},
	{"2 signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", "400"},
	{"2 negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
	{"2 hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n", "400"},
	{"2 length with underscore", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\n", "400"},
	{"2 leading zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n", "400"},
	{"2 empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "400"},
	{"2 overflowing length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", "400"},
	{"3 chunk 0x", chunked + "0x0\r\n\r\n", "400"},
	{"3 chunk sign", chunked + "+0\r\n\r\n", "400"},
	{"3 chunk underscore", chunked + "1_0\r\n\r\n", "400"},
	{"3 chunk overflow", chunked + "10000000000000000\r\n\r\n", "400"},
	{"3 chunk overflow with zeros", chunked + "00000000000000000\r\n\r\n", "400"},
	{"3 chunk space before", chunked + " 0\r\n\r\n", "400"},
	{"3 chunk space behind", chunked + "0 \r\n\r\n", "400"},
	{"3 chunk empty", chunked + "\r\n\r\n", "400"},
	{"3 chunk data too long", chunked + "1\r\nab\r\n0\r\n\r\n", "400"},
	{"3 chunk end LF", chunked + "1\r\na\n0\r\n\r\n", "400"},
	{"4 LF in extension", chunked + "0;a\n\r\n\r\n", "400"},
	{"4 LF ends extension", chunked + "5;\nxx\r\n45\r\n0\r\n\r\n", "400"},
	{"4 CR in extension", chunked + "0;a\rb\r\n\r\n", "400"},
	{"4 NUL in extension", chunked + "0;a\x00\r\n\r\n", "400"},
	{"4 LF ends size", chunked + "0\n\r\n", "400"},
	{"4 long extension", chunked + "0;" + strings.Repeat("a", 1030) + "\r\n\r\n", "400"},
	{"4 many extensions", chunked + strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\na\r\n", 18) + "0\r\n\r\n", "400"},
	{"5 fold", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "400"},
	{"5 fold first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
	{"5 space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
	{"5 tab before colon", "GET / HTTP/1.1\r\nHost: a\r\nX\t: a\r\n\r\n", "400"},
	{"5 no name", "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", "400"},
	{"5 no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400"},
	{"5 name is no token", "GET / HTTP/1.1\r\nHost: a\r\nX(y): a\r\n\r\n", "400"},
	{"6 bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400"},
	{"6 bare LF in header", "GET / HTTP/1.1\r\nHost: a\r\nX: y\nZ: a\r\n\r\n", "400"},
	{"6 bare CR", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: a\r\n\r\n", "400"},
	{"6 two CR", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n", "400"},
	{"6 NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", "400"},
	{"6 DEL", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", "400"},
	{"7 no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
	{"7 two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
	{"7 empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400"},
	{"7 Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"},
	{"7 Host with user", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", "400"},
	{"7 Host with markup", "GET / HTTP/1.1\r\nHost: <a>\r\n\r\n", "400"},
	{"7 Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400"},
	{"7 Host port", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", "400"},
	{"7 Host bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"},
	{"7 target and Host differ", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"7 target with user", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", "400"},
	{"target scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"target relative", "GET index.html HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"target fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"target not ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"target escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400"},
	{"NUL in method", "G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"HTTP/0.9", "GET /\r\n\r\n", "400"},
	{"two empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"},
	{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
	{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"},
	{"expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", "417"},
	{"CONNECT without port", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	{"trailer frames", chunked + "0\r\nContent-Length: 5\r\n\r\n", "400"},
	{"long target", "GET /" + strings.Repeat("a", 8200) + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
	{"long line", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 8200) + "\r\n\r\n", "431"},
	{"many lines", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: a\r\n", 101) + "\r\n", "431"},
	{"large header", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: "+strings.Repeat("a", 8000)+"\r\n", 9) + "\r\n", "431"},
	{"long trailer", chunked + "0\r\nX: " + strings.Repeat("a", 8200) + "\r\n\r\n", "431"},
	{"large trailer", chunked + "0\r\n" + strings.Repeat("X: "+strings.Repeat("a", 8000)+"\r\n", 9) + "\r\n", "431"},
}

const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

func TestHostileRequestsAreRefused(t *testing.T) {
	ran := false
	root := web.Func(func(r *web.Request) {
		ran = ran || r.Path == "/smuggled"
		echo(r)
	})
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			ran = false
			tr, site := serve(t, root, web.Config{})
			tr.FeedString(tt.in + smuggled)
			settle(tr)
			got := tr.Value()
			if !strings.HasPrefix(status(got), tt.status) || header(got, "Connection") != "close" || header(got, "Content-Length") != fmt.Sprint(len(body(got))) {
				t.Errorf("got %q, want %s with Connection: close and Content-Length", got, tt.status)
			}
			if !tr.WriteClosed() && !tr.Disconnecting() {
				t.Error("the connection stays open")
			}
			if ran {
				t.Error("the smuggled request ran")
			}
			if n := site.Stats().Refused; n != 1 && tt.name != "target escape" {
				t.Errorf("%d refusals counted", n)
			}
		})
	}
}

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

func TestHostileRequestsInEverySplit(t *testing.T) {
	for _, tt := range hostile {
		if len(tt.in) > 200 {
			continue // the limits' own splits are tested with the parser
		}
		t.Run(tt.name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string { return answersTo(t, pieces) })
		})
	}
}
