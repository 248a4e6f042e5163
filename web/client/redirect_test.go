// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
)

// once answers the first request with that redirect, and others with 200.
func once(status int, target string) func(r *Request) (*Response, error) {
	sent := 0
	return func(*Request) (*Response, error) {
		if sent++; sent > 1 {
			return reply(200), nil
		}
		return reply(status, "Location: "+target), nil
	}
}

func TestRedirectMethods(t *testing.T) {
	const no = "not followed"
	for _, tt := range []struct {
		cfg                                    RedirectConfig
		method                                 string
		r301, r302, r303, r307, r308, withBody string // the method that follows, then for 307 with a Rewinder
	}{
		{RedirectConfig{}, "", "GET", "GET", "GET", "GET", "GET", "GET body"},
		{RedirectConfig{}, "HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD body"},
		{RedirectConfig{}, "POST", no, no, "GET", no, no, no},
		{RedirectConfig{}, "DELETE", no, no, "GET", no, no, no},
		{RedirectConfig{Replay: true}, "POST", no, no, "GET", "POST", "POST", "POST body"},
		{RedirectConfig{BrowserLike: true}, "POST", "GET", "GET", "GET", "POST", "POST", "POST body"},
		{RedirectConfig{BrowserLike: true}, "PUT", "PUT", "PUT", "GET", "PUT", "PUT", "PUT body"},
		{RedirectConfig{BrowserLike: true}, "HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD body"},
	} {
		ask := func(status int, body Body, want string) {
			t.Helper()
			f := newFake(once(status, "/next"))
			r := toSend(t, tt.method, "http://a/", "Content-Type: text/plain", "X-Other: 1")
			r.Body = body
			resp, err := result(t, NewRedirectAgent(f, tt.cfg).Do(r))
			got := no
			if err == nil {
				next := f.sent[1]
				got = methodOf(next)
				if next.Header.Has("Content-Type") != (got == methodOf(r)) || !next.Header.Has("X-Other") || next.URL.Path != "/next" {
					t.Errorf("%v %s %d: then %+v", tt.cfg, tt.method, status, next)
				}
				if next.Body != nil {
					got += " body"
				}
				if resp.Previous == nil || resp.Previous.Status != status || !resp.Previous.stream.(*fakeStream).stopped {
					t.Errorf("%v %s %d: history %+v", tt.cfg, tt.method, status, resp.Previous)
				}
			} else if e := asError(t, err); e.Phase != PhaseResponse || !errors.Is(err, ErrRedirectMethod) || e.Response == nil || e.Response.Status != status || len(f.sent) != 1 {
				t.Errorf("%v %s %d: %v", tt.cfg, tt.method, status, err)
			}
			if got != want {
				t.Errorf("%v %s %d: then %s, want %s", tt.cfg, tt.method, status, got, want)
			}
		}
		for status, want := range map[int]string{301: tt.r301, 302: tt.r302, 303: tt.r303, 307: tt.r307, 308: tt.r308} {
			ask(status, nil, want)
		}
		ask(307, textBody{"x", new(int), nil}, tt.withBody)
		if tt.r307 != no {
			ask(307, onceBody{}, no)
		}
	}
}

func TestNoRedirect(t *testing.T) {
	for _, status := range []int{101, 200, 204, 300, 304, 305, 306, 404, 503} {
		f := newFake(func(*Request) (*Response, error) { return reply(status, "Location: /next"), nil })
		if resp, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/"))); err != nil || resp.Status != status || resp.stream.(*fakeStream).stopped {
			t.Errorf("%d: %v, %v", status, resp, err)
		}
	}
}

func TestRedirectTargets(t *testing.T) {
	for _, tt := range []struct{ base, location, want string }{
		{"http://a/b/c?q#f", "d", "http://a/b/d#f"},
		{"http://a/b/c?q#f", "?x", "http://a/b/c?x#f"},
		{"http://a/b/c#f", "/d#", "http://a/d"},
		{"http://a/b/c#f", "../d#g", "http://a/d#g"},
		{"https://a/b", "//c/d", "https://c/d"},
		{"https://a/b", "HTTP://c:8080", "http://c:8080"},
		{"http://a/b#%41", "http://c/", "http://c/#%41"},
		{"http://a/", "/ä b", "http://a/%C3%A4%20b"},
		{"http://a/", "http://user:pw@c/", "http://c/"},
		{"http://a/", "http://[::1]:80/", "http://[::1]:80/"},
		{"http://a/", `/\c/`, `http://a/%5Cc/`},
		{"http://a/", "", "none"},
		{"http://a/", "http:c", "host"},
		{"http://a/", "http:///c", "host"},
		{"http://a/", "http://:80/", "host"},
		{"http://a/", "http://[::1", "malformed"},
		{"http://a/", "http://c:x/", "malformed"},
		{"http://a/", "%zz", "malformed"},
		{"http://a/", "http://c\\d/", "malformed"},
		{"http://a/", "ftp://c/", "scheme"},
		{"http://a/", "file:///etc/passwd", "scheme"},
		{"http://a/", "javascript:alert(1)", "scheme"},
	} {
		f := newFake(once(302, tt.location))
		_, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", tt.base)))
		got := ""
		switch {
		case err != nil:
			e := asError(t, err)
			var scheme *UnsupportedSchemeError
			if errors.As(err, &scheme) {
				got = "scheme"
			}
			for _, word := range []string{"none", "host", "malformed"} {
				if errors.Is(err, ErrLocation) && strings.Contains(e.Error(), word) {
					got = word
				}
			}
			if strings.Contains(e.Error(), "pw") {
				t.Errorf("%s: %v", tt.location, e)
			}
		default:
			got = f.sent[1].URL.String()
		}
		if got != tt.want {
			t.Errorf("%s to %q: got %q (%v), want %q", tt.base, tt.location, got, err, tt.want)
		}
	}
	f := newFake(func(*Request) (*Response, error) { return reply(302, "Location: /a", "Location: /b"), nil })
	if _, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/"))); !errors.Is(err, ErrLocation) || !strings.Contains(err.Error(), "several") {
		t.Errorf("two locations: %v", err)
	}
	f = newFake(func(*Request) (*Response, error) { return reply(302), nil })
	if _, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/"))); !errors.Is(err, ErrLocation) {
		t.Errorf("no location: %v", err)
	}
}

// Class 17, CVE-2022-21712: what is meant for one origin does not reach another one, nor come back from there.
func TestRedirectToOtherOrigin(t *testing.T) {
	fields := []string{"Authorization: Basic x", "cookie: a=b", "Cookie2: x", "Proxy-Authorization: x", "Proxy-Authenticate: x", "www-authenticate: x", "X-Api-Key: x", "X-Harmless: x"}
	for _, tt := range []struct {
		from, to string
		same     bool
	}{
		{"http://a/", "/b", true},
		{"http://a/", "http://A:80/b", true},
		{"https://a/", "https://a:443/b", true},
		{"http://a/", "http://a:8080/", false},
		{"http://a:8080/", "http://a/", false},
		{"http://a/", "https://a/", false},
		{"https://a/", "http://a/", false},
		{"https://a/", "http://a:443/", false},
		{"http://a/", "http://b.a/", false},
		{"http://b.a/", "http://a/", false},
		{"http://a/", "//b/", false},
		{"http://a/", "http://a@b/", false},
		{"http://a/", "http://a./", false},
		{"http://[::1]/", "http://[::2]/", false},
	} {
		for _, back := range []bool{false, true} {
			f := newFake(nil)
			f.answer = func(r *Request) (*Response, error) {
				switch {
				case len(f.sent) == 1:
					return reply(302, "Location: "+tt.to), nil
				case len(f.sent) == 2 && back:
					return reply(302, "Location: "+tt.from+"?back"), nil
				}
				return reply(200), nil
			}
			r := toSend(t, "GET", tt.from, fields...)
			r.URL.User, r.Host = parsed(t, "http://u:p@x").User, "virtual"
			before := r.Header.Clone()
			if _, err := result(t, NewRedirectAgent(f, RedirectConfig{Sensitive: []string{"X-API-Key"}}).Do(r)); err != nil {
				t.Fatal(err)
			}
			for i, next := range f.sent[1:] {
				want := len(fields)
				if !tt.same {
					want = 1
				}
				if next.Header.Len() != want || !next.Header.Has("X-Harmless") || (next.Host == "virtual") != tt.same || !tt.same && next.URL.User != nil {
					t.Errorf("%s to %s, request %d: %+v", tt.from, tt.to, i+2, next)
				}
			}
			if !r.Header.Equal(&before) || r.Host != "virtual" {
				t.Errorf("the caller's request has changed: %+v", r)
			}
		}
	}
}

func TestRedirectDowngrade(t *testing.T) {
	f := newFake(once(301, "http://a/"))
	if _, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "https://a/", "Referer: https://a/x"))); err != nil || f.sent[1].Header.Len() != 0 {
		t.Errorf("%v, %+v", err, f.sent)
	}
	for _, target := range []string{"http://a/", "https://b/"} {
		f = newFake(once(301, target))
		_, err := result(t, NewRedirectAgent(f, RedirectConfig{RefuseDowngrade: true}).Do(toSend(t, "GET", "https://a/")))
		if errors.Is(err, ErrDowngrade) != (target == "http://a/") {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestRedirectLimit(t *testing.T) {
	for _, tt := range []struct{ max, want int }{{0, 21}, {3, 4}, {-1, 1}} {
		f := newFake(nil)
		f.answer = func(r *Request) (*Response, error) { return reply(302, fmt.Sprint("Location: /", len(f.sent))), nil }
		_, err := result(t, NewRedirectAgent(f, RedirectConfig{Max: tt.max}).Do(toSend(t, "GET", "http://a/0?secret")))
		if e := asError(t, err); !errors.Is(err, ErrRedirectLimit) || len(f.sent) != tt.want || e.Response.Status != 302 || strings.Contains(e.Error(), "secret") {
			t.Errorf("%d: %d requests, %v", tt.max, len(f.sent), err)
		} else {
			n := 0
			for resp := e.Response; resp != nil; resp = resp.Previous {
				n++
			}
			if n != tt.want {
				t.Errorf("%d: a history of %d", tt.max, n)
			}
		}
	}
}

func TestRedirectLoop(t *testing.T) {
	f := newFake(nil)
	f.answer = func(r *Request) (*Response, error) {
		return reply(302, "Location: "+map[string]string{"/a": "/b", "/b": "/a"}[r.URL.Path]), nil
	}
	_, err := result(t, NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/a")))
	if asError(t, err); !errors.Is(err, ErrRedirectLoop) || len(f.sent) != 5 {
		t.Errorf("%d requests, %v", len(f.sent), err)
	}
	// A page that leads to itself until it has its cookies is none: the Doer below has sent others each time.
	f = newFake(nil)
	agent := NewRedirectAgent(doerFunc{f, func(r *Request) *deferred.Deferred[*Response] {
		r = cloned(r)
		r.Header.Set("Cookie", fmt.Sprint("n=", len(f.sent)))
		return f.Do(r)
	}}, RedirectConfig{})
	f.answer = func(r *Request) (*Response, error) {
		if r.Header.Get("Cookie") == "n=5" {
			return reply(200), nil
		}
		return reply(302, "Location: /a"), nil
	}
	if resp, err := result(t, agent.Do(toSend(t, "GET", "http://a/a"))); err != nil || resp.Status != 200 {
		t.Errorf("with cookies: %v", err)
	}
}

type doerFunc struct {
	*fakeDoer
	do func(r *Request) *deferred.Deferred[*Response]
}

func (f doerFunc) Do(r *Request) *deferred.Deferred[*Response] { return f.do(r) }

func TestRedirectReplay(t *testing.T) {
	f := newFake(nil)
	f.answer = func(r *Request) (*Response, error) {
		if len(f.sent) == 4 {
			return reply(200), nil
		}
		return reply(308, fmt.Sprint("Location: /", len(f.sent))), nil
	}
	n := 0
	r := toSend(t, "POST", "http://a/")
	r.Body = textBody{"text", &n, nil}
	if _, err := result(t, NewRedirectAgent(f, RedirectConfig{Replay: true}).Do(r)); err != nil || n != 3 || f.sent[3].Body.Length() != 4 {
		t.Errorf("%v, %d rewinds", err, n)
	}
	boom := errors.New("boom")
	r.Body = textBody{"text", &n, boom}
	f.sent = nil
	if _, err := result(t, NewRedirectAgent(f, RedirectConfig{Replay: true}).Do(r)); !errors.Is(err, boom) || asError(t, err).Response == nil {
		t.Errorf("%v", err)
	}
}

func TestRedirectPolicy(t *testing.T) {
	f := newFake(once(302, "http://b/"))
	var asked []string
	agent := NewRedirectAgent(f, RedirectConfig{Policy: func(next *Request, from *Response) error {
		asked = append(asked, next.URL.String(), fmt.Sprint(from.Status))
		next.Header.Set("X-Added", "1")
		return nil
	}})
	if _, err := result(t, agent.Do(toSend(t, "GET", "http://a/"))); err != nil || f.sent[1].Header.Get("X-Added") != "1" || f.sent[0].Header.Has("X-Added") || !slices.Equal(asked, []string{"http://b/", "302"}) {
		t.Errorf("%v, %v", err, asked)
	}
	for _, want := range []error{ErrKeepRedirect, os.ErrPermission} {
		f = newFake(once(302, "/b"))
		resp, err := result(t, NewRedirectAgent(f, RedirectConfig{Policy: func(*Request, *Response) error { return want }}).Do(toSend(t, "GET", "http://a/")))
		if want == ErrKeepRedirect {
			if err != nil || resp.Status != 302 || resp.stream.(*fakeStream).stopped {
				t.Errorf("%v, %v", resp, err)
			}
		} else if e := asError(t, err); !errors.Is(err, want) || e.Response.Status != 302 || !e.Response.stream.(*fakeStream).stopped {
			t.Errorf("%v", err)
		}
	}
}

// Class 17: a Policy that turns the request elsewhere does not take the login along.
func TestRedirectPolicyElsewhere(t *testing.T) {
	for host, want := range map[string]string{"a": "secret", "b": ""} {
		f := newFake(once(302, "http://a/next"))
		agent := NewRedirectAgent(f, RedirectConfig{Policy: func(next *Request, _ *Response) error {
			next.URL.Host = host
			return nil
		}})
		r := toSend(t, "GET", "http://a/")
		r.Header.Set("Authorization", "secret")
		if _, err := result(t, agent.Do(r)); err != nil || len(f.sent) != 2 || f.sent[1].URL.Host != host || f.sent[1].Header.Get("Authorization") != want {
			t.Errorf("to %s: %v, %d sent, the last with %q", host, err, len(f.sent), f.sent[len(f.sent)-1].Header.Get("Authorization"))
		}
	}
}

func TestRedirectCancel(t *testing.T) {
	for at := range 3 {
		f := newFake(nil)
		f.answer = func(r *Request) (*Response, error) {
			if len(f.sent) > at {
				return nil, nil
			}
			return reply(302, fmt.Sprint("Location: /", len(f.sent))), nil
		}
		d := NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/"))
		d.Cancel()
		_, err := result(t, d)
		if asError(t, err); !errors.Is(err, deferred.ErrCancelled) || f.cut != 1 || len(f.sent) != at+1 {
			t.Errorf("at %d: %v, %d cancelled of %d", at, err, f.cut, len(f.sent))
		}
	}
}

func TestRedirectTime(t *testing.T) {
	f := newFake(nil)
	f.answer = func(r *Request) (*Response, error) {
		f.clock.Advance(0)
		return nil, nil
	}
	r := toSend(t, "GET", "http://a/")
	r.Timeouts.Whole = 5 * time.Second
	d := NewRedirectAgent(f, RedirectConfig{}).Do(r)
	for i := range 2 {
		f.clock.Advance(3 * time.Second)
		f.open[i].Callback(reply(302, fmt.Sprint("Location: /", i)))
		if i == 0 && f.sent[1].Timeouts.Whole != 2*time.Second {
			t.Errorf("the second has %v", f.sent[1].Timeouts.Whole)
		}
	}
	if _, err := result(t, d); !errors.Is(err, os.ErrDeadlineExceeded) || len(f.sent) != 2 {
		t.Errorf("%v", err)
	}
}

// The body of a redirect is read, so that its connection can be used again, unless that is much or takes long.
func TestRedirectBody(t *testing.T) {
	for _, tt := range []struct {
		name    string
		length  int64
		pieces  []string
		hangs   bool
		stopped bool
		after   time.Duration
	}{
		{"none", 0, nil, false, true, 0},
		{"short", 5, []string{"12", "345"}, false, false, 0},
		{"unknown", -1, []string{"12", "345"}, false, false, 0},
		{"announced to be long", skipMax + 1, []string{"12"}, false, true, 0},
		{"long", -1, []string{"12", strings.Repeat("x", skipMax), "12"}, false, true, 0},
		{"slow", 5, []string{"12"}, true, true, drainTime},
	} {
		for _, cancel := range []bool{false, true} {
			f := newFake(once(302, "/next"))
			in := &fakeStream{clock: f.clock, pieces: tt.pieces, paused: tt.hangs}
			next := f.answer
			f.answer = func(r *Request) (*Response, error) {
				resp, _ := next(r)
				if resp.Status == 302 {
					resp.stream, resp.Length = in, tt.length
				}
				return resp, nil
			}
			d := NewRedirectAgent(f, RedirectConfig{}).Do(toSend(t, "GET", "http://a/"))
			if tt.length == 0 || tt.length > skipMax { // nothing is waited for
				if _, err := result(t, d); err != nil || !in.stopped {
					t.Errorf("%s: %v, stopped %v", tt.name, err, in.stopped)
				}
				continue
			}
			if cancel {
				d.Cancel()
				_, err := result(t, d)
				if asError(t, err); !errors.Is(err, deferred.ErrCancelled) || !in.stopped || len(f.sent) != 1 {
					t.Errorf("%s: %v, stopped %v", tt.name, err, in.stopped)
				}
				continue
			}
			for range 5 {
				f.clock.Advance(0)
			}
			if tt.after > 0 && len(f.sent) != 1 {
				t.Errorf("%s: sent at once", tt.name)
			}
			f.clock.Advance(tt.after)
			if _, err := result(t, d); err != nil || in.stopped != tt.stopped || len(f.sent) != 2 {
				t.Errorf("%s: %v, stopped %v, %d requests", tt.name, err, in.stopped, len(f.sent))
			}
			finish(f.clock)
		}
	}
}
