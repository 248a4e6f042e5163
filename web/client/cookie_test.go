// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net/http"
	stdjar "net/http/cookiejar"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/cookiejar"
)

func jars() map[string]http.CookieJar {
	std, _ := stdjar.New(nil)
	return map[string]http.CookieJar{"cookiejar": cookiejar.New(cookiejar.Config{}), "net/http": std}
}

func TestCookieAgent(t *testing.T) {
	for name, jar := range jars() {
		f := newFake(nil)
		f.answer = func(*Request) (*Response, error) {
			if len(f.sent) == 1 {
				return reply(200, "Set-Cookie: a=1", `set-cookie: b="2"; Path=/sub`, "Set-Cookie: \x01", "Set-Cookie: c=3; Domain=other.example"), nil
			}
			return reply(200), nil
		}
		a := NewCookieAgent(f, jar)
		for _, tt := range []struct {
			url, field, want string
		}{
			{"http://h.example/", "", ""},
			{"http://h.example/", "", "a=1"},
			{"http://h.example:8080/sub/x", "", `b="2"; a=1`},
			{"http://other.example/", "", ""},
			{"http://h.example/", "Cookie: own=1", "own=1"},
			{"http://h.example/", "Cookie: ", ""},
		} {
			r := toSend(t, "GET", tt.url)
			if tt.field != "" {
				r.Header = header(tt.field)
			}
			before := r.Header.Len()
			if _, err := result(t, a.Do(r)); err != nil {
				t.Fatal(err)
			}
			sent := f.sent[len(f.sent)-1]
			if sent.Header.Get("Cookie") != tt.want || r.Header.Len() != before {
				t.Errorf("%s, %s %s: sent %q", name, tt.url, tt.field, sent.Header.Get("Cookie"))
			}
		}
	}
}

// A login that sets a cookie and redirects, to another host at last. Class 17.
func TestCookieRedirect(t *testing.T) {
	for name, jar := range jars() {
		for _, inside := range []bool{true, false} {
			f := newFake(func(r *Request) (*Response, error) {
				switch r.URL.Host + r.URL.Path {
				case "h.example/login":
					return reply(303, "Location: /home", "Set-Cookie: session=1"), nil
				case "h.example/home":
					return reply(302, "Location: http://evil.test/", "Set-Cookie: home=1; Path=/home"), nil
				case "h.example/error":
					return reply(302, "Set-Cookie: error=1"), nil
				}
				return reply(200, "Set-Cookie: theirs=1", "Set-Cookie: session=2; Domain=h.example"), nil
			})
			var d Doer = NewRedirectAgent(NewCookieAgent(f, jar), RedirectConfig{})
			if !inside {
				d = NewCookieAgent(NewRedirectAgent(f, RedirectConfig{}), jar)
			}
			if _, err := result(t, d.Do(toSend(t, "POST", "http://h.example/login"))); err != nil {
				t.Fatal(err)
			}
			want := []string{"", "session=1", ""}
			if !inside { // the jar has those of before, but none are sent on the way to another origin
				want = []string{"session=1; error=1", "session=1; error=1", ""}
			}
			for i, r := range f.sent {
				if got := r.Header.Get("Cookie"); got != want[i] {
					t.Errorf("%s, %v, request %d to %s: got %q, want %q", name, inside, i, r.URL, got, want[i])
				}
			}
			if _, err := result(t, d.Do(toSend(t, "GET", "http://h.example/error"))); !errors.Is(err, ErrLocation) {
				t.Errorf("%v", err)
			}
			for u, want := range map[string]string{"http://h.example/home": "home=1; session=1; error=1", "http://evil.test/": "theirs=1"} {
				got := NewCookieAgent(f, jar).header(parsed(t, u))
				if got != want {
					t.Errorf("%s, %v: the jar has %q for %s", name, inside, got, u)
				}
			}
		}
	}
}

func TestCookieCancel(t *testing.T) {
	f := newFake(func(*Request) (*Response, error) { return nil, nil })
	for _, a := range []Doer{NewCookieAgent(f, cookiejar.New(cookiejar.Config{})), NewDecoderAgent(f, DecoderConfig{})} {
		d := a.Do(toSend(t, "GET", "http://a/"))
		d.Cancel()
		_, err := result(t, d)
		if asError(t, err); !errors.Is(err, deferred.ErrCancelled) || f.cut != 1 || a.Loop() != f.Loop() {
			t.Errorf("%T: %v, %d cancelled", a, err, f.cut)
		}
		f.cut = 0
	}
}
