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

// The shapes of requests. Each is followed by smuggled in the tests.
func first(line string) string { return line + "\r\nHost: a\r\n\r\n" }
func target(t string) string   { return first("GET " + t + " HTTP/1.1") }
func host(h string) string     { return "GET / HTTP/1.1\r\nHost: " + h + "\r\n\r\n" }
func field(line string) string { return "GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n" }
func post(fields, body string) string {
	return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body
}
func length(v string) string      { return post("Content-Length:"+v, "") }
func coding(v string) string      { return post("Transfer-Encoding:"+v, "0\r\n\r\n") }
func chunk(body string) string    { return chunked + body }
func trailer(line string) string  { return chunked + "0\r\n" + line + "\r\n\r\n" }
func expect(v string) string      { return post("Content-Length: 0\r\nExpect:"+v, "") }
func many(n int, s string) string { return strings.Repeat(s, n) }

const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

// malformed is what has to be refused: with that status, the connection closed, and nothing run of what follows. The numbers are those of the classes of attack in the project's list
// of hardening tests.
var malformed = []struct {
	class  string
	status int
	in     []string
}{
	{"1 CVE-2020-10109 two framings", 400, []string{
		post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		post("Transfer-Encoding: chunked\r\nContent-Length: 3", "1\r\na\r\n0\r\n\r\n"),
		post("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		post("content-length: 5\r\nTRANSFER-ENCODING: CHUNKED", "0\r\n\r\n"),
		post("Content-Length: 5\r\nX: y\r\nTransfer-Encoding:chunked", "0\r\n\r\n"),
		post("Content-Length: 5\r\nTransfer-Encoding: gzip", "abcde"),
		post("Content-Length: 5\r\nTransfer-Encoding: identity", "abcde"),
		post("Content-Length: 5\r\nTransfer-Encoding: gzip, chunked", "0\r\n\r\n"),
		post("Content-Length:\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		post("Content-Length: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
	}},
	{"1 CVE-2020-10108 TE.TE", 400, []string{
		post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
		post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		post("Transfer-Encoding: chunked\r\ntransfer-encoding: x", "0\r\n\r\n"),
		post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
		coding(" chunked, chunked"), coding(" chunked, gzip"), coding(" chunked, identity"), coding(" gzip, chunked, gzip"),
		coding(" chunked;a=b"), coding(" chunked;"), coding(" \"chunked\""), coding(" chunked\x00"), coding(" \x0bchunked"), coding(" \x0cchunked"),
		coding(" chunked\x0b"), coding("\r\n chunked"), coding(""), coding(" ,"), coding(" ch unked"), coding(" gzip;q=1, chunked"), coding(" chun\tked"), coding(" x=chunked"), coding(" chunked\xa0"),
		coding(" \xef\xbb\xbfchunked"), coding(" chunKed\r\nTransfer-Encoding:"), coding(" (chunked)"), coding(" [chunked]"), coding(" chunked/1"),
	}},
	{"1 coding in HTTP/1.0", 400, []string{
		"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n",
		"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	}},
	{"1 coding that is not known", 501, []string{
		coding(" identity"), coding(" gzip"), coding(" gzip, chunked"), coding(" x"), coding(" chunke"), coding(" chunkedd"), coding(" cow"), coding(" ,gzip,"), coding(" xchunked"),
		coding(" identity, chunked"), coding(" deflate,\tgzip ,chunked"), coding(" chunked-x"), coding(" 'chunked'"),
	}},
	{"2 CVE-2020-10108 several lengths", 400, []string{
		post("Content-Length: 0\r\nContent-Length: 5", ""), post("Content-Length: 5\r\nContent-Length: 0", "abcde"), post("Content-Length: 0\r\nContent-Length: 0", ""),
		post("Content-Length: 0\r\nX: y\r\ncontent-length: 0", ""), post("Content-Length: 0\r\nContent-Length:", ""), post("Content-Length: 5\r\nContent-Length: x", "abcde"),
		length(" 0, 0"), length(" 0,0"), length(" 5, 5"), length(" 0,"), length(" ,0"),
	}},
	{"2 CVE-2022-24801 signed or odd length", 400, []string{
		length(" +0"), length(" -0"), length(" -1"), length(" +5"), length(" 0x0"), length(" 0b0"), length(" 0o0"), length(" 1_0"), length(" 00"), length(" 007"), length(""), length(" "), length("\t"),
		length(" 0 0"), length(" 0;a"), length(" 0.0"), length(" 1e1"), length(" a"), length(" \"0\""), length(" 0\x0b"), length(" \xd9\xa0"), length(" ０"), length(" 0h"), length(" 0#"), length(" ½"),
		length(" 18446744073709551616"), length(" 9223372036854775808"), length(" 1000000000000000000"), length(" " + many(200, "9")), length(" 0\r\n 5"), length(" 0\x00"),
	}},
	{"3 CVE-2022-24801 chunk size", 400, []string{
		chunk("0x0\r\n\r\n"), chunk("0X1\r\na\r\n0\r\n\r\n"), chunk("+0\r\n\r\n"), chunk("-0\r\n\r\n"), chunk("-1\r\n\r\n"), chunk("1_0\r\n\r\n"), chunk("_0\r\n\r\n"), chunk("\r\n\r\n"), chunk("g\r\n\r\n"), chunk("0g\r\n\r\n"), chunk("0h\r\n\r\n"), chunk("0.0\r\n\r\n"),
		chunk("\"0\"\r\n\r\n"), chunk("10000000000000000\r\n\r\n"), chunk("00000000000000000\r\n\r\n"), chunk("ffffffffffffffff\r\n\r\n"), chunk("8000000000000000\r\n\r\n"),
		chunk(" 0\r\n\r\n"), chunk("\t0\r\n\r\n"), chunk("0 \r\n\r\n"), chunk("0\t\r\n\r\n"), chunk("0 0\r\n\r\n"), chunk("0\x00\r\n\r\n"), chunk("\x0b0\r\n\r\n"), chunk("0\xa0\r\n\r\n"), chunk("0,\r\n\r\n"), chunk("0\r\r\n\r\n"), chunk("\n0\r\n\r\n"),
		chunk("\r\n0\r\n\r\n"), chunk("1\r\na\r\n+0\r\n\r\n"), chunk("１\r\na\r\n0\r\n\r\n"),
	}},
	{"3 end of chunk data", 400, []string{
		chunk("1\r\nab\r\n0\r\n\r\n"), chunk("1\r\na\n0\r\n\r\n"), chunk("1\r\na0\r\n\r\n"), chunk("1\r\na\r0\r\n\r\n"), chunk("1\r\na\r\r\n0\r\n\r\n"), chunk("2\r\na\r\n0\r\n\r\n"), chunk("1\r\na \r\n0\r\n\r\n"),
		chunk("1\r\na\x00\n0\r\n\r\n"), chunk("1\r\naXX0\r\n\r\n"), chunk("1\r\na\n\r0\r\n\r\n"),
	}},
	{"4 CVE-2022-24801 chunk extension", 400, []string{
		chunk("0;a\n\r\n\r\n"), chunk("5;\nxx\r\n45\r\n0\r\n\r\n"), chunk("0;a\rb\r\n\r\n"), chunk("0;a\x00\r\n\r\n"), chunk("0;\x7f\r\n\r\n"), chunk("0;\x01\r\n\r\n"), chunk("0;a\x0bb\r\n\r\n"), chunk("0;a\x1b[2J\r\n\r\n"), chunk("0\n\r\n"), chunk("0\n\n"), chunk("0;a\n\n"),
		chunk("0;a\r\r\n\r\n"), chunk("0 ;a\r\n\r\n"), chunk("0\t;a\r\n\r\n"), chunk("0 a\r\n\r\n"), chunk("0=a\r\n\r\n"), chunk("2;\nab\r\n0\r\n\r\n"), chunk("1;\"\n\"\r\na\r\n0\r\n\r\n"),
		chunk("0;" + many(1030, "a") + "\r\n\r\n"), chunk(many(18, "1;"+many(1000, "a")+"\r\na\r\n") + "0\r\n\r\n"),
	}},
	{"5 CVE-2022-24801 white space around a name", 400, []string{
		field("X : a"), field("X\t: a"), field(" X: a"), field("\tX: a"), field("X\x0b: a"), field("X\xa0: a"), field("Y: b\r\n X: a"), field("Y: b\r\n\tX: a"), field("Y: b\r\n "), field("Y: b\r\n \r\nX: a"), field("Content-Length : 5"),
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", post("Transfer-Encoding : chunked", "0\r\n\r\n"), post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
		post("Content-Length:\r\n 5", "abcde"), post("X: y\r\n Transfer-Encoding: chunked", "0\r\n\r\n"), post("Content-Length: 0\r\n\tx", ""),
	}},
	{"5 field name", 400, []string{
		field(": a"), field(":"), field("X"), field("X a"), field("X(y): a"), field("X/y: a"), field("X@: a"), field("X,Y: a"), field("X;Y: a"), field("X=Y: a"), field("\"X\": a"), field("X\x00: a"), field("X\x7f: a"), field("Ä: a"),
		field("X[0]: a"), field("X{}: a"), field("X\\: a"), field("X?: a"), field("<X>: a"), field("X\x1f: a"), field("\x00"), field("GET /x HTTP/1.1"),
	}},
	{"6 twisted#12754 bare CR, LF and control characters in a value", 400, []string{
		field("X: y\nZ: a"), field("X: y\rZ: a"), field("X: y\r\r"), field("X: \ny"), field("X: \ry"), field("X: y\n"), field("X: y\r"), field("X: \x00"), field("X: \x7f"), field("X: a\x01b"), field("X: a\x08"), field("X: a\x0b"), field("X: a\x0cb"), field("X: \x1b[2J"), field("X: a\x1fb"),
		field("X: y\n\r"), field("X: y\nTransfer-Encoding: chunked"), field("X: y\rContent-Length: 5"), field("X:\n"), field("X\n: y"), field("X\r: y"), field("X: " + many(50, "y") + "\x00" + many(20, "y")),
	}},
	{"6 line endings", 400, []string{
		"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "GET / HTTP/1.1\r\nHost: a\n\n", "GET / HTTP/1.1\rHost: a\r\r", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\n\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n",
	}},
	{"7 Host", 400, []string{
		"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nX: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
		host("a/b"), host("b@a"), host("a:b@c"), host("<a>"), host("a, b"), host("a,b"), host("a b"), host("a\tb"), host("a:x"), host("a:-1"), host("a:+1"), host("a:80:80"), host(":80"), host("a:1234567"), host("[::1"), host("::1"), host("[]"), host("[::1]x"), host("[::1]:x"), host("[g::1]"), host("[::1%eth0]"),
		host("http://a"), host("a?b"), host("a#b"), host("a\\b"), host("ä"), host("a\x00"), host("\"a\""), host("a|b"), host("a^b"), host("`a`"), host("{a}"), host("a\r\n b"),
	}},
	{"7 Host against the target", 400, []string{
		"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a:81\r\n\r\n", "GET http://b/ HTTP/1.1\r\n\r\n", "GET http://b/ HTTP/1.0\r\nHost: a\r\n\r\n",
		"GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", "GET http://a:b@c/ HTTP/1.1\r\nHost: c\r\n\r\n", "CONNECT b:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "CONNECT b:1 HTTP/1.1\r\nHost: b:2\r\n\r\n", "GET https://a.b/ HTTP/1.1\r\nHost: a\r\n\r\n",
	}},
	{"15 target", 400, []string{
		target("index.html"), target("//"[:0] + "a/b"), target("ftp://a/"), target("javascript:alert(1)"), target("file:///etc/passwd"), target("http:/a"), target("http:a"), target("http://"), target("http:///a"), target("http://a\\b/"), target("http://[::1/"), target("http://a b/"), target("?a"), target("a:80"), target("**"), target("*/"), target(".."), target("../x"), target("\\"),
		target("/#a"), target("/\xc3\xa4"), target("/\x00"), target("/\x7f"), target("/\x01"), target("/\x80"), target("/\xb1"), target("/\xff"), target("/\ta"), target("/a b"), target("/\x0b"), target("/%zz"), target("/%"), target("/%a"), target("/%0"), target("/%u0041"), target("/a/%g0/b"), target("http://a/%zz"), target("http://a#b"),
		first("CONNECT a HTTP/1.1"), first("CONNECT / HTTP/1.1"), first("CONNECT http://a:1/ HTTP/1.1"), first("CONNECT :1 HTTP/1.1"), first("CONNECT a:x HTTP/1.1"), first("CONNECT a:1/ HTTP/1.1"), first("CONNECT u@a:1 HTTP/1.1"),
	}},
	{"request line", 400, []string{
		first("GET  / HTTP/1.1"), first("GET /  HTTP/1.1"), first(" GET / HTTP/1.1"), first("GET / HTTP/1.1 "), first("GET\t/ HTTP/1.1"), first("GET /\tHTTP/1.1"), first("GET / HTTP/1.1 x"), first("GET / / HTTP/1.1"), first("GET /"), first("GET"), first("GET "), first("GET  "), first("/ HTTP/1.1"), first(" / HTTP/1.1"), first(" "),
		first("GET HTTP/1.1"), first("GET  HTTP/1.1"), first("G\x00T / HTTP/1.1"), first("G(T / HTTP/1.1"), first("GET, / HTTP/1.1"), first("G:T / HTTP/1.1"), first("\"GET\" / HTTP/1.1"), first("GÄT / HTTP/1.1"), first("GET/ / HTTP/1.1"), first("G\x7fT / HTTP/1.1"), first("GET / HTTP/1.1\x00"), first("\x16\x03\x01\x02"),
		"GET /\r\n\r\n", "GET / \r\n\r\n", "SSH-2.0-x\r\n\r\n", "EHLO a\r\n\r\n", first("HTTP/1.1 200 OK"), first("GET\x0b/\x0bHTTP/1.1"),
	}},
	{"malformed version", 400, []string{
		first("GET / http/1.1"), first("GET / Http/1.1"), first("GET / HTTP/1"), first("GET / HTTP/1."), first("GET / HTTP/.1"), first("GET / HTTP/1.1.1"), first("GET / HTTP/11"), first("GET / HTTP/1.10"), first("GET / HTTP/01.1"), first("GET / HTTP/1.01"), first("GET / HTTP/+1.1"), first("GET / HTTP/1,1"), first("GET / HTTP 1.1"), first("GET / HTTP/a.b"), first("GET / HTTP/"), first("GET / HTTPS/1.1"), first("GET / ICY/1.1"),
		first("GET / HTTP/1.１"), first("GET / HTTP/-1.1"), first("GET / HTTP/1.x"), first("GET / HTTP\\1.1"), first("GET / HTTP/ 1.1"),
	}},
	{"version that is not supported", 505, []string{
		first("GET / HTTP/1.2"), first("GET / HTTP/1.9"), first("GET / HTTP/0.9"), first("GET / HTTP/2.0"), first("GET / HTTP/3.0"), first("GET / HTTP/9.9"), first("GET / HTTP/0.0"), first("GET / HTTP/2.1"),
	}},
	{"expectation", 417, []string{
		expect(" 200-ok"), expect(" 100-continue, x"), expect(" 100-continue;q=1"), expect(""), expect(" 100"), expect(" x=y"), expect(" 100-continu"), expect(" \"100-continue\""), expect(" 100-continue\r\nExpect: x"), expect(" x\r\nExpect: 100-continue"), field("Expect: x"),
	}},
	{"trailer section", 400, []string{
		trailer("Content-Length: 5"), trailer("content-length: 0"), trailer("Transfer-Encoding: chunked"), trailer("Host: b"), trailer("Connection: close"), trailer("Trailer: x"), trailer("X : a"), trailer(" X: a"), trailer("X: a\r\n b"), trailer("X"), trailer(": a"), trailer("X: a\x00"), trailer("X: a\nY: b"), trailer("X: a\rY: b"), trailer("X(: a"),
		chunk("0\r\nX: a\n\n"), chunk("0\r\n\n"), chunk("0\r\nX: a\r\n\n"), chunk("0\r\n\r\r\n"),
	}},
	{"long target", 414, []string{target("/" + many(8200, "a")), first(many(8300, "G") + " / HTTP/1.1"), many(9000, "G")}},
	{"large header", 431, []string{
		field("X: " + many(8200, "a")), field(many(101, "X: a\r\n") + "X: a"), field(many(9, "X: "+many(8000, "a")+"\r\n") + "X: a"), field(many(9000, "X")),
		trailer("X: " + many(8200, "a")), trailer(many(9, "X: "+many(8000, "a")+"\r\n") + "X: a"), trailer(many(101, "X: a\r\n") + "X: a"),
	}},
	{"body too large", 413, []string{post("Content-Length: 99999999", ""), length(" 16777217"), length(" 999999999999999999"), chunk("ffffff0\r\n" + many(1<<24+1, "a"))}},
}

// wellFormed is what has to be answered, however odd it looks, and leaves the next request alone. closes tells that it is the last one of its connection.
var wellFormed = []struct {
	name   string
	closes bool
	in     []string
}{
	{"white space around values", false, []string{field("X:a"), field("X: \t a \t "), field("X:"), field("X: "), "GET / HTTP/1.1\r\nHost:\ta\t\r\n\r\n", length("0"), length("\t0\t "), coding("chunked"), coding(" CHUNKED \t")}},
	{"names and values", false, []string{field("!#$%&'*+-.^_`|~0: a"), field("X: \xff\xfe"), field("X: a:b;c=\"d\",e"), field("Connection: ,,x,"), field("X: a\r\nX: b"), field("Transfer-Encodin: chunked"), field("XTransfer-Encoding: chunked"), field("X-Content-Length: 5"), field("Content_Length: 5")}},
	{"methods", false, []string{first("get / HTTP/1.1"), first("X! / HTTP/1.1"), first("PRI / HTTP/1.1"), first("M-SEARCH * HTTP/1.1")[:0] + first("DELETE / HTTP/1.1")}},
	{"targets", false, []string{target("/?"), target("/??a"), target("//"), target("//a//b"), target("/a/../b"), target("/%2e%2e/%2f"), target("/%00"), target("/%C3%A4"), target("/{a}|^`\"<>\\"), target("http://a"), target("HTTP://A/"), target("https://a/b?c"), target("http://a?b"), target("/http://b/"), target("/*"), target("/:80"), first("OPTIONS * HTTP/1.1")}},
	{"hosts", false, []string{host("a:80"), host("a:"), host("[::1]"), host("[::1]:8080"), host("127.0.0.1"), host("a.b.c."), host("a_b"), host("xn--a"), host("%41")}},
	{"chunks", false, []string{chunk("0\r\n\r\n"), chunk("00\r\n\r\n"), chunk("A\r\n0123456789\r\n0\r\n\r\n"), chunk("a;b=\"c\";d\r\n0123456789\r\n000;x\r\n\r\n"), chunk("1\r\n\n\r\n1\r\n\r\r\n0\r\n\r\n"), trailer("X: a"), trailer("X: a\r\nX: b"), chunk("0;\xff\r\n\r\n"), chunk("0000000000000001\r\na\r\n0\r\n\r\n")}},
	{"expectations", false, []string{expect(" 100-continue"), expect(" 100-CONTINUE"), field("Expect: 100-continue")}},
	{"an empty line before", false, []string{"\r\n" + get}},
	{"persistence", false, []string{field("Connection: keep-alive"), field("Connection: closed"), field("Connection: x-close"), "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", field("Proxy-Connection: close")}},
	{"the last request", true, []string{field("Connection: close"), field("Connection: x, CLOSE"), field("Connection: x\r\nConnection: close"), field("Connection: keep-alive, close"), field("Connection: close\r\nConnection: keep-alive"), "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n"}},
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	n, ran := 0, false
	root := web.Func(func(r *web.Request) {
		ran = ran || r.Path == "/smuggled"
		echo(r)
	})
	for _, class := range malformed {
		for _, in := range class.in {
			n++
			t.Run(class.class, func(t *testing.T) {
				ran = false
				tr, site := serve(t, root, web.Config{})
				tr.FeedString(in + smuggled)
				settle(tr)
				got := tr.Value()
				if !strings.HasPrefix(status(got), fmt.Sprint(class.status)) || header(got, "Connection") != "close" || header(got, "Content-Length") != fmt.Sprint(len(body(got))) {
					t.Errorf("%.200q: got %q, want %d with Connection: close and Content-Length", in, got, class.status)
				}
				if !tr.WriteClosed() && !tr.Disconnecting() {
					t.Errorf("%.200q: the connection stays open", in)
				}
				if ran {
					t.Errorf("%.200q: the smuggled request ran", in)
				}
				if n := site.Stats().Refused; n != 1 && !strings.Contains(in, "%") {
					t.Errorf("%.200q: %d refusals counted", in, n)
				}
			})
		}
	}
	if n < 300 {
		t.Errorf("%d requests", n)
	}
}

func TestOddRequestsAreAnswered(t *testing.T) {
	ran := 0
	root := web.Func(func(r *web.Request) {
		if r.Path == "/smuggled" {
			ran++
		}
		echo(r)
	})
	for _, class := range wellFormed {
		for _, in := range class.in {
			t.Run(class.name, func(t *testing.T) {
				ran = 0
				tr, _ := serve(t, root, web.Config{})
				tr.FeedString(in + smuggled)
				settle(tr)
				got := tr.Value()
				want := 1
				if class.closes {
					want = 0
				}
				closed := tr.WriteClosed() || tr.Disconnecting()
				if status(got) != "200 OK" || ran != want || closed != class.closes || class.closes != (header(got, "Connection") == "close") {
					t.Errorf("%q: got %q, the next request ran %d times, closed %v", in, got, ran, closed)
				}
			})
		}
	}
}

// Nothing depends on where the input is cut.
func TestMalformedRequestsInEverySplit(t *testing.T) {
	for _, class := range malformed {
		for _, in := range class.in {
			if len(in) > 200 {
				continue // the limits' own splits are tested with the parser
			}
			t.Run(class.class, func(t *testing.T) {
				protocoltest.Splits(t, []byte(in+"GET"), func(pieces iter.Seq[[]byte]) string { return answersTo(t, pieces) })
			})
		}
	}
	for _, class := range wellFormed {
		for _, in := range class.in {
			t.Run(class.name, func(t *testing.T) {
				protocoltest.Splits(t, []byte(in+smuggled), func(pieces iter.Seq[[]byte]) string { return answersTo(t, pieces) })
			})
		}
	}
}
