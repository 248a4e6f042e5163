// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar_test

import (
	"fmt"
	"net/http"
	stdjar "net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/torsion-go/torsion/web/cookiejar"
)

var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// A world is a jar with a clock that the test moves.
type world struct {
	testing.TB
	*cookiejar.Jar
	now time.Time
}

func newWorld(t testing.TB, cfg cookiejar.Config) *world {
	w := &world{TB: t, now: epoch}
	cfg.Now = func() time.Time { return w.now }
	w.Jar = cookiejar.New(cfg)
	return w
}

func (w *world) url(s string) *url.URL {
	w.Helper()
	u, err := url.Parse(s)
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func (w *world) set(u string, fields ...string) { w.Receive(w.url(u), slices.Values(fields)) }

func (w *world) want(u, want string) {
	w.Helper()
	if got := w.Header(w.url(u)); got != want {
		w.Errorf("%s: got %q, want %q", u, got, want)
	}
}

// The facts of the tests of the http-state working group, and of RFC 6265bis.
func TestSetCookie(t *testing.T) {
	long := strings.Repeat("x", 4095)
	for _, tt := range []struct{ fields, want string }{
		// pairs
		{"foo=bar", "foo=bar"},
		{"foo=bar|foo=qux", "foo=qux"},
		{"foo=bar|Foo=qux", "foo=bar; Foo=qux"},
		{"foo1=bar|foo2=qux", "foo1=bar; foo2=qux"},
		{"a=b|z=y|a=c", "a=c; z=y"},
		{" foo = bar ; x", "foo=bar"},
		{"\tfoo\t=\tbar\t \t;\tttt", "foo=bar"},
		{"foo=bar=baz", "foo=bar=baz"},
		{"foo==", "foo=="},
		{"foo=", "foo="},
		{"foo", "foo"},
		{"=foo", "foo"},
		{"", ""},
		{";", ""},
		{"=", ""},
		{"; bar", ""},
		{"foo=bar, baz=qux", "foo=bar, baz=qux"},
		{`foo="bar"`, `foo="bar"`},
		{`foo="bar;baz"`, `foo="bar`},
		{`foo=" bar "`, `foo=" bar "`},
		{"foo=ä", "foo=ä"},
		{"foo=b\x01r", ""},
		{"fo\x7fo=bar", ""},
		{"foo=bar\x00", ""},
		{"foo=bar; Path=/\x0b", ""},
		{"$Version=1; foo=bar", "$Version=1"},
		{"a=" + long, "a=" + long},
		{"a=x" + long, ""},
		{"a" + long + "=", "a" + long + "="},
		{long + "aa", ""},
		// attributes
		{"foo=bar; Secure", "foo=bar"},
		{"foo=bar; SECURE=no; httponly=x; unknown", "foo=bar"},
		{"foo=bar; secured", "foo=bar"},
		{"foo=bar; Max-Age=0", ""},
		{"foo=bar; Max-Age=-1", ""},
		{"foo=bar; Max-Age=-", ""},
		{"foo=bar; Max-Age=1", "foo=bar"},
		{"foo=bar; Max-Age=", "foo=bar"},
		{"foo=bar; Max-Age=+0", "foo=bar"},
		{"foo=bar; Max-Age=0x", "foo=bar"},
		{"foo=bar; Max-Age=99999999999999999999999", "foo=bar"},
		{"foo=bar; Max-Age=-99999999999999999999999", ""},
		{"foo=bar; Max-Age=5; Max-Age=0", ""},
		{"foo=bar; Max-Age=0; Max-Age=5", "foo=bar"},
		{"foo=bar; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"foo=bar; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5", "foo=bar"},
		{"foo=bar; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "foo=bar"},
		{"foo=bar; Expires=Fri, 01 Jan 2038 00:00:00 GMT; Max-Age=0", ""},
		{"foo=bar; Expires=never", "foo=bar"},
		{"foo=bar; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=Fri, 01 Jan 2038 00:00:00 GMT", "foo=bar"},
		{"foo=bar|foo=; Max-Age=0", ""},
		{"foo=bar|foo=; Max-Age=0; Path=/x", "foo=bar"},
		{"foo=bar; Domain=", "foo=bar"},
		{"foo=bar; Domain=.", "foo=bar"},
		{"foo=bar; Domain=" + strings.Repeat("x", 1025), "foo=bar"},
		{"foo=bar; Path=/x; Path=/", "foo=bar"},
		{"foo=bar; Path=/x", ""},
		{"foo=bar; Path=/x; Path=", "foo=bar"},
		{"foo=bar; Path=/x; Path=y", "foo=bar"},
		{"foo=bar; Path=/" + strings.Repeat("x", 1024), "foo=bar"},
		{"foo=bar; Partitioned; Secure; Port=\"80\"; Version=1; Comment=x", "foo=bar"},
		// SameSite and prefixes
		{"foo=bar; SameSite=Strict", "foo=bar"},
		{"foo=bar; SameSite=None", ""},
		{"foo=bar; SameSite=None; Secure", "foo=bar"},
		{"foo=bar; SameSite=Whatever", "foo=bar"},
		{"__Secure-a=b", ""},
		{"__Secure-a=b; Secure", "__Secure-a=b"},
		{"__secure-a=b", ""},
		{"__Host-a=b; Secure; Path=/", "__Host-a=b"},
		{"__Host-a=b; Secure", ""},
		{"__Host-a=b; Path=/", ""},
		{"__Host-a=b; Secure; Path=/; Domain=home.example.org", ""},
		{"__Host-a=b; Secure; Path=/; Domain=", "__Host-a=b"},
		{"__Host-a=b; Secure; Path=/x", ""},
		{"__hOsT-a=b; Secure", ""},
		{"=__Host-a=b", ""},
		{"__Secure-a", ""},
		{"=__SECURE-", ""},
		{"__Host", "__Host"},
	} {
		w := newWorld(t, cookiejar.Config{})
		w.set("https://home.example.org:8888/cookie-parser", strings.Split(tt.fields, "|")...)
		if got := w.Header(w.url("https://home.example.org:8888/cookie-parser-result")); got != tt.want {
			t.Errorf("%.80q: got %.80q, want %.80q", tt.fields, got, tt.want)
		}
	}
}

func TestDomains(t *testing.T) {
	for _, tt := range []struct {
		from, domain string
		yes, no      string // hosts that get it, and hosts that do not
	}{
		{"www.example.com", "", "www.example.com WWW.EXAMPLE.COM www.example.com.", "example.com a.www.example.com ww.example.com"},
		{"www.example.com", "www.example.com", "www.example.com a.www.example.com", "example.com xwww.example.com"},
		{"www.example.com", ".Example.COM", "www.example.com example.com other.example.com a.b.example.com", "example.org xexample.com com"},
		{"example.com", "..example.com", "", "example.com"},
		{"example.com", "example.com.", "", "example.com"},
		{"example.com.", "example.com", "example.com example.com.", ""},
		{"example.com", "www.example.com", "", "example.com www.example.com"},
		{"www.example.com", "ample.com", "", "www.example.com ample.com"},
		{"www.example.com", "evil.com", "", "www.example.com evil.com"},
		{"www.example.com", "com", "", "www.example.com com"},
		{"www.example.co.uk", "co.uk", "", "www.example.co.uk co.uk"},
		{"me.github.io", "github.io", "", "me.github.io you.github.io"},
		{"github.io", "github.io", "github.io", "you.github.io"},
		{"www.me.github.io", "me.github.io", "www.me.github.io me.github.io", "you.github.io"},
		{"co.uk", "co.uk", "co.uk", "example.co.uk"},
		{"localhost", "", "localhost", "a.localhost"},
		{"localhost", "localhost", "localhost", "a.localhost"},
		{"a.internal", "internal", "", "a.internal internal"},
		{"127.0.0.1", "", "127.0.0.1", "127.0.0.2"},
		{"127.0.0.1", "127.0.0.1", "127.0.0.1", "1.127.0.0.1"},
		{"127.0.0.1", "0.0.1", "", "127.0.0.1 1.0.0.1"},
		{"127.0.0.1", "1", "", "127.0.0.1"},
		{"[::1]", "", "[::1] [0:0:0:0:0:0:0:1]", "[::2]"},
		{"[::ffff:127.0.0.1]", "", "127.0.0.1", ""},
		{"www.bücher.example", "xn--bcher-kva.example", "www.BÜCHER.example xn--bcher-kva.example", "bucher.example"},
		{"www.bücher.example", "bücher.example", "", "www.bücher.example"},
		{"a..b.com", "", "", "a..b.com"},
		{"my_host.example.com", "", "my_host.example.com", ""},
	} {
		w := newWorld(t, cookiejar.Config{})
		field := "a=b"
		if tt.domain != "" {
			field += "; Domain=" + tt.domain
		}
		w.set("http://"+tt.from+"/", field)
		for host := range strings.FieldsSeq(tt.yes) {
			w.want("http://"+host+":8080/", "a=b")
		}
		for host := range strings.FieldsSeq(tt.no) {
			w.want("http://"+host+"/", "")
		}
		if refused := w.Stats().Refused == 1; refused != (tt.yes == "") {
			t.Errorf("%+v: %+v", tt, w.Stats())
		}
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		from, path string
		yes, no    string
	}{
		{"/", "", "/ /a /a/b", ""},
		{"", "", "/ /a", ""},
		{"/a", "", "/ /b", ""},
		{"/a/", "", "/a /a/ /a/b", "/ /ab /b"},
		{"/a/b", "", "/a /a/ /a/b/c", "/ /ab"},
		{"/a/b/c", "", "/a/b /a/b/x", "/a /a/ /a/bb"},
		{"/x", "/a/", "/a/ /a/b", "/a /"},
		{"/x", "/a", "/a /a/ /a?q", "/ab / /A"},
		{"/x", "a", "/ /b", ""},
		{"/x", "/%61", "/%61", "/b"},
	} {
		w := newWorld(t, cookiejar.Config{})
		field := "a=b"
		if tt.path != "" {
			field += "; Path=" + tt.path
		}
		w.set("http://h.example"+tt.from, field)
		for p := range strings.FieldsSeq(tt.yes) {
			w.want("http://h.example"+p, "a=b")
		}
		for p := range strings.FieldsSeq(tt.no) {
			w.want("http://h.example"+p, "")
		}
	}
	w := newWorld(t, cookiejar.Config{})
	w.set("http://h.example/", "first=1", "long=2; Path=/a/b", "second=3", "middle=4; Path=/a")
	w.want("http://h.example/a/b", "long=2; middle=4; first=1; second=3")
	w.now = w.now.Add(time.Second)
	w.set("http://h.example/", "third=5", "first=6") // the one that is replaced keeps its place
	w.want("http://h.example/a", "middle=4; first=6; second=3; third=5")
}

func TestSecure(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	w.set("http://h.example/", "a=1; Secure")
	w.want("https://h.example/", "")
	w.set("https://h.example/login", "a=1; Secure; Path=/", "p=1; Secure; Path=/en")
	w.want("https://h.example/", "a=1")
	w.want("wss://h.example/", "a=1")
	w.want("http://h.example/", "")
	w.want("ftp://h.example/", "")
	// From http it cannot be replaced, shadowed or removed, by a host below it neither.
	w.set("http://h.example/", "a=2", "a=2; Path=/x", "a=; Max-Age=0", "a=2; Domain=h.example", "p=2; Path=/en/x")
	w.set("http://www.h.example/", "a=3; Domain=h.example", "a=3; Domain=www.h.example")
	w.want("https://h.example/x", "a=1")
	w.set("http://h.example/", "p=2; Path=/", "a2=2") // another place, another name
	w.want("https://h.example/en/", "p=1; a=1; p=2; a2=2")
	w.set("https://h.example/", "a=4")
	w.want("https://h.example/", "a=4; p=2; a2=2")
	w.want("http://h.example/", "a=4; p=2; a2=2")
}

func TestExpiry(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	day := 24 * time.Hour
	w.set("http://h.example/", "ten=1; Max-Age=10", "date=1; Expires="+epoch.Add(20*time.Second).Format(http.TimeFormat), "session=1",
		"far=1; Max-Age=99999999999", "farther=1; Expires=Fri, 31-Dec-9999 23:59:59 GMT")
	w.want("http://h.example/", "ten=1; date=1; session=1; far=1; farther=1")
	w.now = epoch.Add(10*time.Second - 1)
	w.want("http://h.example/", "ten=1; date=1; session=1; far=1; farther=1")
	w.now = epoch.Add(10 * time.Second)
	w.want("http://h.example/", "date=1; session=1; far=1; farther=1")
	w.now = epoch.Add(400*day - 1)
	w.want("http://h.example/", "session=1; far=1; farther=1")
	w.now = epoch.Add(400 * day)
	w.want("http://h.example/", "session=1")
	w.EndSession()
	if w.Len() != 0 {
		t.Errorf("%d cookies", w.Len())
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, cookiejar.Config{MaxPerSite: 20, MaxTotal: 100})
	w.set("https://a.example.com/", "secure=1; Secure", "first=1", "second=1; Domain=example.com", "short=1; Max-Age=1")
	for i := range 16 {
		w.set("https://b.example.com/", fmt.Sprintf("b%d=1; Domain=example.com", i))
	}
	w.now = w.now.Add(time.Minute)
	w.want("https://a.example.com/x", "secure=1; first=1; second=1; b0=1; b1=1; b2=1; b3=1; b4=1; b5=1; b6=1; b7=1; b8=1; b9=1; b10=1; b11=1; b12=1; b13=1; b14=1; b15=1")
	w.set("https://c.example.com/", "c=1")
	w.set("https://c.example.com/", "d=1") // 21: three go, and those that a was sent were all used just now
	if s := w.Stats(); w.Len() != 18 || s.Evicted == 0 || s.Refused != 0 {
		t.Errorf("%d cookies, %+v", w.Len(), s)
	}
	if h := w.Header(w.url("https://a.example.com/")); !strings.HasPrefix(h, "secure=1; ") || strings.Contains(h, "first=1") {
		t.Errorf("left is %s", h)
	}
	for i := range 1000 {
		w.now = w.now.Add(time.Second)
		w.set(fmt.Sprintf("https://h%d.test/", i), "a=1; Secure", "b=1")
		w.want("https://a.example.com/secure", w.Header(w.url("https://a.example.com/secure")))
		if w.Len() > 100 {
			t.Fatalf("%d cookies", w.Len())
		}
	}
	secure := 0
	for e := range w.All() {
		if e.Secure {
			secure++
		}
	}
	if secure < w.Len()-11 { // what is not secure goes before
		t.Errorf("%d of %d are secure", secure, w.Len())
	}
	w = newWorld(t, cookiejar.Config{})
	for i := range 10_000 {
		w.set(fmt.Sprintf("http://h%d.test/", i/200), fmt.Sprintf("a%d=1", i))
	}
	if n := w.Len(); n > 3000 || n < 2600 {
		t.Errorf("%d cookies", n)
	}
}

func TestHeaderLimit(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	for _, name := range []string{"a", "b", "c"} {
		w.set("http://h.example/", name+"="+strings.Repeat("x", 4000))
	}
	w.set("http://h.example/", "short=1")
	h := w.Header(w.url("http://h.example/"))
	if len(h) > 8190 || !strings.Contains(h, "; b=") || !strings.HasSuffix(h, "; short=1") || w.Stats().Omitted != 1 {
		t.Errorf("%d bytes, %+v", len(h), w.Stats())
	}
}

func TestDates(t *testing.T) {
	for _, tt := range []struct {
		date string
		want string // as "2006-01-02 15:04:05"; "" is none
	}{
		{"Sun, 06 Nov 2033 08:49:37 GMT", "2033-11-06 08:49:37"},
		{"Sunday, 06-Nov-33 08:49:37 GMT", "2033-11-06 08:49:37"},
		{"Sun Nov  6 08:49:37 2033", "2033-11-06 08:49:37"},
		{"Nov 6 2033 8:9:7", "2033-11-06 08:09:07"},
		{"06 november 2033 08:49:37 PST", "2033-11-06 08:49:37"},
		{"08:49:37 06 Nov 33", "2033-11-06 08:49:37"},
		{"6nth Nov 2033x 08:49:37.123", "2033-11-06 08:49:37"},
		{"Sun, 06-Nov-2069 08:49:37 GMT", "2069-11-06 08:49:37"},
		{"06 Nov 1601 00:00:00", "1601-11-06 00:00:00"},
		{"06 Nov 1600 00:00:00", ""},
		{"06 Nov 99 00:00:00", "1999-11-06 00:00:00"},
		{"06 Nov 70 00:00:00", "1970-11-06 00:00:00"},
		{"06 Nov 069 00:00:00", "2069-11-06 00:00:00"},
		{"06 Nov 2033 24:00:00", ""},
		{"06 Nov 2033 23:60:00", ""},
		{"06 Nov 2033 23:59:60", ""},
		{"30 Feb 2033 00:00:00", ""},
		{"29 Feb 2032 00:00:00", "2032-02-29 00:00:00"},
		{"00 Nov 2033 00:00:00", ""},
		{"32 Nov 2033 00:00:00", ""},
		{"06 Nov 2033", ""},
		{"06 Nov 2033 08:49", ""},
		{"06 Nov 2033 008:49:37", ""},
		{"06 Nov 20333 08:49:37", ""},
		{"06 Nvo 2033 08:49:37", ""},
		{"06 anf 2033 08:49:37", ""},
		{"Nov 2033 08:49:37", ""},
		{"", ""},
		{"ööö", ""},
	} {
		got := ""
		if at, ok := cookiejar.ParseDate(tt.date); ok {
			got = at.Format("2006-01-02 15:04:05")
		}
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.date, got, tt.want)
		}
	}
}

// As the jar of the standard library, for what both understand alike.
func TestHTTPCookieJar(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	std, _ := stdjar.New(&stdjar.Options{PublicSuffixList: publicsuffix.List})
	for _, jar := range []http.CookieJar{w.Jar, std} {
		u := w.url("https://www.example.com/a/b")
		jar.SetCookies(u, []*http.Cookie{
			{Name: "a", Value: "1"},
			{Name: "b", Value: "2", Domain: "example.com", Path: "/"},
			{Name: "c", Value: "3", Domain: "com"},
			{Name: "d", Value: "4", MaxAge: -1},
			{Name: "e", Value: "5", Secure: true},
			{Name: "f", Value: "x y", Quoted: true},
			{Name: "g", Value: "7", Expires: time.Unix(1, 0)},
			{Name: "h", Value: "8", Domain: "www.example.org"},
			{Name: "i", Value: "9", MaxAge: 9, HttpOnly: true, SameSite: http.SameSiteLaxMode},
		})
		show := func(u string) (s string) {
			for _, c := range jar.Cookies(w.url(u)) {
				s += c.String() + ";"
			}
			return s
		}
		for u, want := range map[string]string{
			"https://www.example.com/a": `a=1;e=5;f="x y";i=9;b=2;`, "http://www.example.com/a/": `a=1;f="x y";i=9;b=2;`, "https://example.com/a": "b=2;", "https://com/": "",
		} {
			if got := show(u); got != want {
				t.Errorf("%T, %s: got %s, want %s", jar, u, got, want)
			}
		}
	}
	w.SetCookies(w.url("https://www.example.com/"), []*http.Cookie{{Name: "x", Value: "a; b"}, {Name: "x=y", Value: "a"}, {Name: "x", Value: "a\r\nb"}, {Name: "__Host-x", Value: "1", Secure: true}})
	if h := w.Header(w.url("https://www.example.com/")); strings.Contains(h, "x") || w.Stats().Refused != 6 {
		t.Errorf("%s, %+v", h, w.Stats())
	}
}

func TestAllAndDelete(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	w.set("https://b.example/x/y", "a=1; Max-Age=60; HttpOnly; Secure; SameSite=strict")
	w.set("https://www.a.example/", "b=2; Domain=a.example", "c=3")
	want := []cookiejar.Entry{
		{Name: "b", Value: "2", Domain: "a.example", Path: "/", Created: epoch},
		{Name: "a", Value: "1", Domain: "b.example", HostOnly: true, Path: "/x", Expires: epoch.Add(time.Minute), Secure: true, HTTPOnly: true, SameSite: http.SameSiteStrictMode, Created: epoch},
		{Name: "c", Value: "3", Domain: "www.a.example", HostOnly: true, Path: "/", Created: epoch},
	}
	if got := slices.Collect(w.All()); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if n := w.Delete(func(e cookiejar.Entry) bool { return e.Domain == "a.example" }); n != 1 || w.Len() != 2 {
		t.Errorf("%d removed, %d left", n, w.Len())
	}
	w.now = epoch.Add(time.Hour)
	if got := slices.Collect(w.All()); len(got) != 1 || got[0].Name != "c" {
		t.Errorf("got %+v", got)
	}
}

func FuzzSetCookie(f *testing.F) {
	f.Add("a=b; Domain=example.com; Path=/; Max-Age=5; Expires=Sun Nov  6 08:49:37 2033", "www.example.com", "/a/b")
	f.Add("__Host-a=b; Secure; Path=/", "127.0.0.1", "")
	f.Fuzz(func(t *testing.T, field, host, path string) {
		w := newWorld(t, cookiejar.Config{MaxTotal: 3})
		u := &url.URL{Scheme: "https", Host: host, Path: path}
		w.Receive(u, slices.Values([]string{field, "z=1"}))
		h := w.Header(u)
		if strings.ContainsFunc(h, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			t.Errorf("%q is sent", h)
		}
		for e := range w.All() {
			if e.Domain == "" || e.Path == "" || e.Path[0] != '/' || len(e.Name)+len(e.Value) > 4096 || !strings.Contains(strings.ToLower(host), e.Domain) && isASCII(host) && !strings.Contains(host, ":") {
				t.Errorf("%q of %q: kept %+v", field, host, e)
			}
		}
	})
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) }
