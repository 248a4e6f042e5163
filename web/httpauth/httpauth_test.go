// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/digest"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/httpauth"
)

// users has alice with the password "open:sesame".
func users() *cred.InMemoryUsernamePasswordDatabaseDontUse {
	db := &cred.InMemoryUsernamePasswordDatabaseDontUse{}
	db.AddUser("alice", "open:sesame")
	return db
}

// hello tells who has logged in and what is left of the path.
var hello = web.LeafFunc(func(r *web.Request) {
	id, ok := httpauth.User(r)
	fmt.Fprintf(r, "%v %v %q", id, ok, r.PostPath)
})

// exchange sends one request to a site and returns the response when all has settled.
func exchange(t *testing.T, site *web.Site, header ...string) string {
	t.Helper()
	tr := connect(t, site)
	ask(tr, "GET", header...)
	return tr.Value()
}

func connect(t *testing.T, site *web.Site) *protocoltest.StringTransport {
	t.Helper()
	tr := protocoltest.NewStringTransport()
	p, err := site.BuildProtocol(tr.Remote)
	if err != nil {
		t.Fatal(err)
	}
	tr.Connect(p)
	return tr
}

func ask(tr *protocoltest.StringTransport, method string, header ...string) {
	tr.FeedString(method + " /a/b HTTP/1.1\r\nHost: h\r\n")
	for _, h := range header {
		tr.FeedString(h + "\r\n")
	}
	tr.FeedString("\r\n")
	for range 20 {
		tr.Clock.Advance(0)
		tr.Clock.Settle()
	}
}

func site(root web.Resource) *web.Site {
	return web.NewSite(root, web.Config{Logger: slog.New(slog.DiscardHandler)})
}

func protect(config httpauth.Config, checkers []cred.AnyChecker, schemes ...httpauth.Scheme) *web.Site {
	var root web.Tree
	root.PutChild("a", httpauth.Protect(hello, config, checkers, schemes...))
	return site(&root)
}

func basic(text string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(text))
}

func status(response string) string {
	_, s, _ := strings.Cut(response, " ")
	return s[:min(3, len(s))]
}

func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}

// field returns the values of a header field.
func field(response, name string) (values []string) {
	head, _, _ := strings.Cut(response, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(k, name) {
			values = append(values, v)
		}
	}
	return values
}

func TestBasic(t *testing.T) {
	db := users()
	db.AddUser("löwe", "straße")
	s := protect(httpauth.Config{}, []cred.AnyChecker{cred.Any[cred.UsernameHashedPassword](db)}, httpauth.Basic{Realm: "the \"realm\"\x01\\"})
	for _, tt := range []struct{ name, header, want string }{
		{"good, a colon in the password", basic("alice:open:sesame"), `200 alice true ["b"]`},
		{"scheme in another case", strings.Replace(basic("alice:open:sesame"), "Basic", "bASIC", 1), `200 alice true ["b"]`},
		{"no padding", strings.TrimRight(basic("alice:open:sesame"), "="), `200 alice true ["b"]`},
		{"UTF-8", basic("löwe:straße"), `200 löwe true ["b"]`},
		{"wrong password", basic("alice:x"), "401"},
		{"unknown user", basic("bob:open:sesame"), "401"},
		{"no colon", basic("alice"), "401"},
		{"not base64", "Authorization: Basic ????", "401"},
		{"not UTF-8", basic("al\xffce:x"), "401"},
		{"a control character", basic("al\x00ce:x"), "401"},
		{"nothing", "Authorization: Basic", "401"},
		{"empty", "Authorization:", "401"},
		{"another scheme", "Authorization: Negotiate abc", "401"},
		{"twice", basic("alice:open:sesame") + "\r\n" + basic("alice:open:sesame"), "401"},
		{"without", "X: y", "401"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := exchange(t, s, tt.header)
			if tt.want == "401" {
				if status(got) != "401" || strings.Contains(body(got), "alice") {
					t.Fatalf("got %q", got)
				}
				if c := field(got, "WWW-Authenticate"); len(c) != 1 || c[0] != `Basic realm="the \"realm\"\\", charset="UTF-8"` {
					t.Errorf("challenges %q", c)
				}
				return
			}
			if g := status(got) + " " + body(got); g != tt.want {
				t.Errorf("got %q, want %q", g, tt.want)
			}
		})
	}
}

// digestLogin answers the challenges of a response.
func digestLogin(t *testing.T, response, password string, count uint32) string {
	t.Helper()
	a, err := digest.Respond(field(response, "WWW-Authenticate"), digest.Login{Username: "alice", Password: password, Method: "GET", URI: "/a/b", Count: count})
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: " + a
}

func TestDigest(t *testing.T) {
	now := time.Unix(1e9, 0)
	scheme := &httpauth.Digest{Factory: digest.Factory{Realm: "r", Now: func() time.Time { return now }}}
	s := protect(httpauth.Config{}, []cred.AnyChecker{cred.Any[cred.UsernameHashedPassword](users())}, scheme, httpauth.Basic{Realm: "r"})
	refused := exchange(t, s)
	if c := field(refused, "WWW-Authenticate"); len(c) != 3 || !strings.Contains(c[0], "SHA-256") || !strings.Contains(c[1], "MD5") || !strings.HasPrefix(c[2], "Basic ") {
		t.Fatalf("challenges %q", c)
	}
	login := digestLogin(t, refused, "open:sesame", 1)
	good := exchange(t, s, login)
	if status(good) != "200" || len(field(good, "Authentication-Info")) != 1 {
		t.Fatalf("got %q", good)
	}
	if got := exchange(t, s, login); status(got) != "401" {
		t.Errorf("an answer that was used already: got %q", got)
	}
	if got := exchange(t, s, digestLogin(t, refused, "open:sesame", 2)); status(got) != "200" {
		t.Errorf("the next answer: got %q", got)
	}
	if got := exchange(t, s, digestLogin(t, refused, "guess", 3)); status(got) != "401" {
		t.Errorf("a wrong password: got %q", got)
	}
	tr := connect(t, s)
	ask(tr, "HEAD", digestLogin(t, refused, "open:sesame", 4))
	if status(tr.Value()) != "401" {
		t.Errorf("an answer for another method: got %q", tr.Value())
	}
	now = now.Add(time.Hour)
	stale := exchange(t, s, digestLogin(t, refused, "open:sesame", 5))
	if c := field(stale, "WWW-Authenticate"); status(stale) != "401" || !strings.Contains(c[0], "stale=true") {
		t.Errorf("after an hour: got %q", stale)
	}
	if got := exchange(t, s, digestLogin(t, stale, "open:sesame", 1)); status(got) != "200" {
		t.Errorf("the answer to the new challenge: got %q", got)
	}
}

func TestBearer(t *testing.T) {
	checker := cred.CheckerFunc[cred.BearerToken](func(loop protocol.Loop, c cred.BearerToken) *deferred.Deferred[cred.AvatarID] {
		if c.Token != "abc.def==" {
			return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
		}
		return deferred.SucceedOn(loop, cred.AvatarID{Name: "app"})
	})
	s := protect(httpauth.Config{}, []cred.AnyChecker{cred.Any[cred.BearerToken](checker)}, httpauth.Bearer{Realm: "api", Scope: "read"})
	for token, want := range map[string]string{
		"Bearer abc.def==": "200",
		"Bearer other":     `error="invalid_token"`,
		"Bearer a b":       `error="invalid_request"`,
		"Bearer ==":        `error="invalid_request"`,
		"Basic YTpi":       `Bearer realm="api", scope="read"`,
	} {
		got := exchange(t, s, "Authorization: "+token)
		if want == "200" && status(got) != "200" || want != "200" && !strings.Contains(strings.Join(field(got, "WWW-Authenticate"), ""), want) {
			t.Errorf("%s: got %q, want %s", token, got, want)
		}
	}
}

func TestAnonymous(t *testing.T) {
	checkers := []cred.AnyChecker{cred.Any[cred.Anonymous](cred.AllowAnonymousAccess{}), cred.Any[cred.UsernameHashedPassword](users())}
	s := protect(httpauth.Config{}, checkers, httpauth.Basic{})
	if got := exchange(t, s); body(got) != `(anonymous) true ["b"]` {
		t.Errorf("nobody: got %q", got)
	}
	if got := exchange(t, s, basic("alice:wrong")); status(got) != "401" {
		t.Errorf("a wrong password must not come in as nobody: got %q", got)
	}
}

// TestFailures: what is not the client's fault.
func TestFailures(t *testing.T) {
	for want, err := range map[string]error{"503": cred.ErrBusy, "500": errors.New("disk on fire"), "401": cred.ErrLoginDenied} {
		checker := cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, _ cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
			return deferred.FailOn[cred.AvatarID](loop, err)
		})
		got := exchange(t, protect(httpauth.Config{}, []cred.AnyChecker{cred.Any[cred.UsernamePassword](checker)}, httpauth.Basic{}), basic("a:b"))
		if status(got) != want || strings.Contains(got, "fire") || (want == "503") != (len(field(got, "Retry-After")) == 1) || (want == "401") != (len(field(got, "WWW-Authenticate")) == 1) {
			t.Errorf("%v: got %q, want %s", err, got, want)
		}
	}
}

// TestLogout: once for every login, whatever the end.
func TestLogout(t *testing.T) {
	logins, logouts := 0, 0
	var res web.Resource
	portal := cred.NewPortal(cred.RealmFunc[web.Resource](func(loop protocol.Loop, id cred.AvatarID, mind any) *deferred.Deferred[cred.Avatar[web.Resource]] {
		if _, ok := mind.(*web.Request); !ok {
			t.Errorf("the mind is %T", mind)
		}
		logins++
		return deferred.SucceedOn(loop, cred.Avatar[web.Resource]{Avatar: res, Logout: func() { logouts++ }})
	}))
	cred.Register[web.Resource, cred.UsernameHashedPassword](portal, users())
	s := site(httpauth.New(portal, httpauth.Config{}, httpauth.Basic{}))
	for name, r := range map[string]web.Resource{
		"answer": hello, "panic": web.LeafFunc(func(*web.Request) { panic("oh") }), "none": nil, "abort": web.LeafFunc(func(r *web.Request) { r.Flush(); r.Abort() }),
	} {
		res, logins, logouts = r, 0, 0
		exchange(t, s, basic("alice:open:sesame"))
		if logins != 1 || logouts != 1 {
			t.Errorf("%s: %d logins, %d logouts", name, logins, logouts)
		}
	}
	res, logins, logouts = web.LeafFunc(func(r *web.Request) { r.NotDoneYet() }), 0, 0
	tr := connect(t, s)
	ask(tr, "GET", basic("alice:open:sesame"))
	if logins != 1 || logouts != 0 {
		t.Errorf("under way: %d logins, %d logouts", logins, logouts)
	}
	tr.Lose(errors.New("gone"))
	if logouts != 1 {
		t.Errorf("the client has gone: %d logouts", logouts)
	}
}

func TestGuard(t *testing.T) {
	g := guard.New(guard.Config{Failures: 2, Delay: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	s := protect(httpauth.Config{Guard: g}, []cred.AnyChecker{cred.Any[cred.UsernameHashedPassword](users())}, httpauth.Basic{})
	tr := connect(t, s)
	for range 3 {
		tr.Clear()
		ask(tr, "GET", basic("alice:guess"))
		tr.Clock.Advance(10 * time.Second) // refusals are delayed
		if status(tr.Value()) != "401" {
			t.Fatalf("got %q", tr.Value())
		}
	}
	tr.Clear()
	ask(tr, "GET", basic("alice:open:sesame"))
	tr.Clock.Advance(10 * time.Second)
	if status(tr.Value()) != "401" {
		t.Errorf("locked out: got %q", tr.Value())
	}
}

func TestRemember(t *testing.T) {
	asked, loop := 0, protocoltest.NewClock()
	checker := httpauth.Remember(cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
		if asked++; c.Password != "right" {
			return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
		}
		return deferred.SucceedOn(loop, cred.AvatarID{Name: c.Username})
	}), httpauth.RememberConfig{For: time.Minute, Max: 2})
	login := func(user, password, want string, wantAsked int) {
		t.Helper()
		checker.RequestAvatarID(loop, cred.UsernamePassword{Username: user, Password: password}).Done(func(id cred.AvatarID, _ error) {
			if id.Name != want || asked != wantAsked {
				t.Errorf("%s %s: got %q after %d questions, want %q after %d", user, password, id.Name, asked, want, wantAsked)
			}
		})
	}
	login("a", "right", "a", 1)
	login("a", "right", "a", 1)
	login("a", "wrong", "", 2)
	login("a", "wrong", "", 3) // a refusal is not remembered
	loop.Advance(30 * time.Second)
	login("b", "right", "b", 4)
	login("a", "right", "a", 4)
	login("c", "right", "c", 5) // a, the oldest, goes
	login("b", "right", "b", 5)
	login("a", "right", "a", 6)
	loop.Advance(time.Minute)
	login("c", "right", "c", 7)
}
