// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestCookies(t *testing.T) {
	res := webtest.Do(web.Func(func(r *web.Request) {
		for k, v := range r.Cookies() {
			fmt.Fprintf(r, "%s=%q ", k, v)
		}
		v, ok := r.Cookie("a")
		_, none := r.Cookie("z")
		fmt.Fprint(r, v, ok, none)
	}), webtest.Request{Header: http.Header{"Cookie": {"a=1; novalue; b=x=y; c=\"q\"", "a=2;  d=; =e; f=sp "}}})
	if want := `a="1" b="x=y" c="\"q\"" a="2" d="" ="e" f="sp" 1true false`; res.Body != want {
		t.Errorf("got %s, want %s", res.Body, want)
	}
}

// Text from a client in a cookie neither splits the header (class 8) nor adds attributes; what browsers would drop is an error.
func TestSetCookie(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cookie *http.Cookie
		want   string // "" means refused
	}{
		{"plain", &http.Cookie{Name: "a", Value: "b"}, "a=b"},
		{"all", &http.Cookie{Name: "a", Value: "b", Path: "/p", Domain: "example.com", MaxAge: 5, Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode, Partitioned: true},
			"a=b; Path=/p; Domain=example.com; Max-Age=5; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"lax", &http.Cookie{Name: "a", SameSite: http.SameSiteLaxMode, Expires: time.Unix(1e9, 0)}, "a=; Expires=Sun, 09 Sep 2001 01:46:40 GMT; SameSite=Lax"},
		{"host", &http.Cookie{Name: "__Host-a", Value: "b", Path: "/", Secure: true}, "__Host-a=b; Path=/; Secure"},
		{"host without path", &http.Cookie{Name: "__Host-a", Value: "b", Secure: true}, ""},
		{"host with domain", &http.Cookie{Name: "__Host-a", Value: "b", Path: "/", Domain: "example.com", Secure: true}, ""},
		{"host in other case", &http.Cookie{Name: "__HOST-a", Value: "b", Path: "/"}, ""},
		{"secure without", &http.Cookie{Name: "__Secure-a", Value: "b"}, ""},
		{"none without secure", &http.Cookie{Name: "a", SameSite: http.SameSiteNoneMode}, ""},
		{"partitioned without secure", &http.Cookie{Name: "a", Partitioned: true}, ""},
		{"line break", &http.Cookie{Name: "a", Value: "b\r\nSet-Cookie: c=d"}, ""},
		{"semicolon", &http.Cookie{Name: "a", Value: "b; Domain=evil.example"}, ""},
		{"name", &http.Cookie{Name: "a b", Value: "c"}, ""},
		{"path", &http.Cookie{Name: "a", Value: "c", Path: "/;x"}, ""},
		{"long", &http.Cookie{Name: "a", Value: strings.Repeat("x", 4096)}, ""},
		{"nil", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			res := webtest.Get(web.Func(func(r *web.Request) { err = r.SetCookie(tt.cookie) }), "/")
			if got := res.Header.Get("Set-Cookie"); got != tt.want || (err != nil) != (tt.want == "") || res.Status != 200 {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestCookieKeys(t *testing.T) {
	secret := func(s string) []byte { return []byte(strings.Repeat(s, 32)) }
	keys := func(secrets ...[]byte) *web.CookieKeys {
		k, err := web.NewCookieKeys(secrets...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k, now := keys(secret("a")), time.Unix(1e9, 0)
	type open func(k *web.CookieKeys, name, text string, now time.Time, maxAge time.Duration) (string, error)
	for name, kind := range map[string]struct {
		seal func(k *web.CookieKeys, name, value string, now time.Time) string
		open open
	}{
		"signed":    {(*web.CookieKeys).Sign, (*web.CookieKeys).Verify},
		"encrypted": {(*web.CookieKeys).Encrypt, (*web.CookieKeys).Decrypt},
	} {
		t.Run(name, func(t *testing.T) {
			text := kind.seal(k, "n", "value; \r\n", now)
			if err := (&http.Cookie{Name: "n", Value: text}).Valid(); err != nil {
				t.Error(err)
			}
			try := func(what string, k *web.CookieKeys, name, text string, at time.Time, ok bool) {
				t.Helper()
				v, err := kind.open(k, name, text, at, time.Hour)
				if ok && (err != nil || v != "value; \r\n") || !ok && (!errors.Is(err, web.ErrCookie) || v != "") {
					t.Errorf("%s: %q, %v", what, v, err)
				}
			}
			try("as it was", k, "n", text, now.Add(time.Hour), true)
			try("rotated", keys(secret("b"), secret("a")), "n", text, now, true)
			try("other key", keys(secret("b")), "n", text, now, false)
			try("other name", k, "m", text, now, false)
			try("too old", k, "n", text, now.Add(time.Hour+time.Second), false)
			try("from the future", k, "n", text, now.Add(-2*time.Minute), false)
			try("padded", k, "n", text+"=", now, false)
			for i := range text {
				try("cut", k, "n", text[:i], now, false)
				b := []byte(text)
				if b[i]++; b[i] == '_'+1 || b[i] == 'z'+1 {
					b[i] = 'A'
				}
				try("changed", k, "n", string(b), now, false)
			}
		})
	}
	if first := k.Encrypt("n", "v", now); k.Encrypt("n", "v", now) == first {
		t.Error("nonces repeat")
	}
	if _, err := k.Decrypt("n", k.Sign("n", "v", now), now, time.Hour); err == nil {
		t.Error("a signed text was taken for an encrypted one")
	}
	for _, bad := range [][][]byte{nil, {secret("a"), []byte("short")}} {
		if _, err := web.NewCookieKeys(bad...); err == nil || strings.Contains(err.Error(), "short") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestBasicAuth(t *testing.T) {
	for header, want := range map[string]string{
		"Basic YTpiOmM=":         `"a" "b:c" true`, // curl -u a:b:c
		"basic  Og==":            `"" "" true`,
		"Basic YQ==":             `"" "" false`, // no colon
		"Basic a:b":              `"" "" false`,
		"Bearer YTpiOmM=":        `"" "" false`,
		"BasicYTpiOmM=":          `"" "" false`,
		"Basic w7Y6wqM=":         `"ö" "£" true`,
		"Basic YTpiOmM= trailer": `"" "" false`,
		"":                       `"" "" false`,
	} {
		res := webtest.Do(web.Func(func(r *web.Request) {
			user, password, ok := r.BasicAuth()
			if r.User() != user || r.Password() != password {
				t.Errorf("%s: User %q, Password %q", header, r.User(), r.Password())
			}
			fmt.Fprintf(r, "%q %q %v", user, password, ok)
		}), webtest.Request{Header: http.Header{"Authorization": {header}}})
		if res.Body != want {
			t.Errorf("%s: got %s, want %s", header, res.Body, want)
		}
	}
}
