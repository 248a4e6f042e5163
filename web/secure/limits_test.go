// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
	"github.com/torsion-go/torsion/web/webtest"
)

// A peers is a site with clients at several addresses and one clock.
type peers struct {
	t     *testing.T
	site  *web.Site
	clock *protocoltest.Clock
}

func (p peers) status(addr string, header http.Header) (status int, after string) {
	p.t.Helper()
	c := webtest.Connect(p.site, webtest.Config{Clock: p.clock, Remote: protocol.TCPAddr(netip.AddrPortFrom(netip.MustParseAddr(addr), 1234))})
	res := c.Do(webtest.Request{Header: header})
	c.Lose()
	return res.Status, res.Header.Get("Retry-After")
}

func (p peers) want(addr string, want int, wantAfter string) {
	p.t.Helper()
	if status, after := p.status(addr, nil); status != want || after != wantAfter {
		p.t.Errorf("%s: %d, Retry-After %q, want %d, %q", addr, status, after, want, wantAfter)
	}
}

func TestRateLimit(t *testing.T) {
	l := secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 6, Per: time.Minute, Burst: 3, Logger: quiet, Exempt: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}})
	p := peers{t, web.NewSite(l, web.Config{}), protocoltest.NewClock()}
	for range 3 {
		p.want("10.0.0.1", 200, "")
	}
	p.want("10.0.0.1", 429, "10")
	p.want("10.0.0.2", 200, "") // somebody else
	p.clock.Advance(4 * time.Second)
	p.want("10.0.0.1", 429, "6")
	p.clock.Advance(6 * time.Second)
	p.want("10.0.0.1", 200, "") // what was refused took nothing
	p.want("10.0.0.1", 429, "10")
	p.clock.Advance(time.Hour)
	for range 3 {
		p.want("10.0.0.1", 200, "") // a rest brings the burst and no more
	}
	p.want("10.0.0.1", 429, "10")
	for range 10 {
		p.want("10.9.1.1", 200, "")
	}
	if s := l.Stats(); s.Refused != 4 || s.Allowed != 8 || s.Shared != 0 || s.Clients != 1 {
		t.Errorf("%+v", s)
	}
}

// One customer has a whole network of IPv6.
func TestRateLimitIPv6(t *testing.T) {
	l := secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 1, Per: time.Second, Burst: 1, Logger: quiet})
	p := peers{t, web.NewSite(l, web.Config{}), protocoltest.NewClock()}
	p.want("2001:db8::1", 200, "")
	p.want("2001:db8::2", 429, "1")
	p.want("2001:db8:0:1::1", 200, "")
}

// What a client says of itself does not help it; what a trusted proxy says counts.
func TestRateLimitForwarded(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		l := secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 1, Per: time.Second, Burst: 2, Logger: quiet})
		c := web.Config{}
		if trusted {
			c.Proxies.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
		}
		p, refused := peers{t, web.NewSite(l, c), protocoltest.NewClock()}, 0
		for i := range 5 {
			if status, _ := p.status("10.0.0.1", http.Header{"X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", i)}}); status == 429 {
				refused++
			}
		}
		if want := map[bool]int{false: 3, true: 0}[trusted]; refused != want {
			t.Errorf("trusted %v: %d refused", trusted, refused)
		}
	}
}

// A flood from more addresses than are remembered costs bounded memory, throws nobody out who is known, and shares one allowance.
func TestRateLimitTableIsBounded(t *testing.T) {
	var log bytes.Buffer
	l := secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 1, Per: time.Second, Burst: 2, Clients: 10, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	p := peers{t, web.NewSite(l, web.Config{}), protocoltest.NewClock()}
	allowed := 0
	for i := range 100 {
		if status, _ := p.status(fmt.Sprintf("10.0.1.%d", i), nil); status == 200 {
			allowed++
		}
	}
	if s := l.Stats(); allowed != 12 || s.Clients != 10 || s.Shared != 90 || s.Refused != 88 {
		t.Errorf("%d allowed, %+v", allowed, s)
	}
	if n := strings.Count(log.String(), "too many requests"); n != 1 {
		t.Errorf("%d lines of log", n)
	}
	p.want("10.0.1.3", 200, "") // is known
	p.want("10.0.1.3", 429, "1")
	p.clock.Advance(time.Minute)
	p.want("10.0.2.1", 200, "")
	if s := l.Stats(); s.Clients != 1 {
		t.Errorf("after a rest: %+v", s)
	}
}

// However its requests are spread, a client gets no more than the burst and the rate.
func TestRateLimitOverTime(t *testing.T) {
	l := secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 10, Per: time.Second, Burst: 5, Logger: quiet})
	p := peers{t, web.NewSite(l, web.Config{}), protocoltest.NewClock()}
	allowed := 0
	for range 1000 { // 10 s
		p.clock.Advance(10 * time.Millisecond)
		if status, _ := p.status("10.0.0.1", nil); status == 200 {
			allowed++
		}
	}
	if allowed < 104 || allowed > 105 {
		t.Errorf("%d requests in 10 s", allowed)
	}
}

func TestBodyLimit(t *testing.T) {
	read := web.Func(func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) {
			if err != nil {
				r.Error(413, "")
				return
			}
			fmt.Fprint(r, len(b))
		})
	})
	var root web.Tree
	upload := secure.NewBodyLimit(read, 100)
	root.PutChild("", read)
	root.PutChild("upload", upload)
	outer := secure.NewBodyLimit(&root, 10)
	for _, tt := range []struct {
		target string
		n      int
		want   int
	}{{"/", 10, 200}, {"/", 11, 413}, {"/upload", 11, 200}, {"/upload", 101, 413}, {"/", 0, 200}} {
		for _, chunked := range []bool{false, true} {
			c := webtest.Connect(web.NewSite(outer, web.Config{Logger: quiet}), webtest.Config{})
			req := webtest.Request{Method: "POST", Target: tt.target, Body: strings.Repeat("a", tt.n), Stream: chunked}
			res := c.Do(req)
			if chunked && res.Status == 0 {
				res.End(nil)
			}
			if res.Status != tt.want {
				t.Errorf("%+v, chunked %v: %d", tt, chunked, res.Status)
			}
		}
	}
	if outer.Refused() != 4 || upload.Refused() != 2 {
		t.Errorf("counted %d and %d", outer.Refused(), upload.Refused())
	}
}
