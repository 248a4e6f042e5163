// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/dirdbm"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/webtest"
)

var visits = session.NewKey[int]("visits")

// counter counts the visits of each client.
func counter(m *session.Manager) web.Resource {
	return m.Wrap(web.LeafFunc(func(r *web.Request) {
		switch r.Path {
		case "/none":
			return
		case "/login":
			if err := m.Get(r).Rotate(r); err != nil {
				fmt.Fprint(r, err)
			}
		case "/logout":
			if err := m.Get(r).Expire(r); err != nil {
				fmt.Fprint(r, err)
			}
			return
		}
		s := m.Get(r)
		n, _ := visits.Get(s)
		if err := visits.Set(s, n+1); err != nil {
			fmt.Fprint(r, err)
		}
		fmt.Fprint(r, n+1)
		if s.IsNew() {
			fmt.Fprint(r, " new")
		}
		if r.Path == "/login" {
			r.Redirect(303, fmt.Sprint("/", n+1))
		}
	}))
}

// A client has one clock for all its connections, and keeps cookies.
type client struct {
	*webtest.Conn
	jar map[string]string
}

func newClient(root web.Resource, config webtest.Config) *client {
	return &client{webtest.Connect(web.NewSite(root, web.Config{Logger: slog.New(slog.DiscardHandler), Timeouts: web.Timeouts{KeepAlive: -1}}), config), make(map[string]string)}
}

func (c *client) get(path string) *webtest.Response {
	var cookies []string
	for k, v := range c.jar {
		cookies = append(cookies, k+"="+v)
	}
	res := c.Do(webtest.Request{Target: path, Header: http.Header{"Cookie": {strings.Join(cookies, "; ")}}})
	for _, cookie := range res.Cookies() {
		if c.jar[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(c.jar, cookie.Name)
		}
	}
	return res
}

func keys(t *testing.T) *web.CookieKeys {
	k, err := web.NewCookieKeys(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func files(t *testing.T) *session.DirStore {
	db, err := dirdbm.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return session.Dir(db)
}

// each runs f over the three ways to keep sessions.
func each(t *testing.T, f func(t *testing.T, config session.Config)) {
	t.Run("memory", func(t *testing.T) { f(t, session.Config{}) })
	t.Run("cookie", func(t *testing.T) { f(t, session.Config{Keys: keys(t)}) })
	t.Run("files", func(t *testing.T) { f(t, session.Config{Store: files(t)}) })
}

func TestSession(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		c := newClient(counter(session.New(config)), webtest.Config{})
		if res := c.get("/none"); len(res.Cookies()) != 0 {
			t.Errorf("a cookie without a session: %v", res.Cookies())
		}
		res := c.get("/")
		if res.Body != "1 new" || len(res.Cookies()) != 1 {
			t.Fatalf("got %q, %v", res.Body, res.Header)
		}
		if ck := res.Cookies()[0]; ck.Name != "TORSION_SESSION" || !ck.HttpOnly || ck.Secure || ck.SameSite != http.SameSiteLaxMode || ck.Path != "/" || config.Keys == nil && len(ck.Value) != 64 {
			t.Errorf("cookie %v", ck)
		}
		if res.Header.Get("Vary") != "Cookie" || res.Header.Get("Cache-Control") == "" {
			t.Errorf("header %v", res.Header)
		}
		for i := 2; i < 5; i++ {
			if c.Advance(14 * time.Minute); c.get("/").Body != fmt.Sprint(i) {
				t.Fatalf("visit %d was not counted", i)
			}
		}
		if other := newClient(counter(session.New(config)), webtest.Config{}); other.get("/").Body != "1 new" {
			t.Error("another client has a session")
		}
		old := c.jar["TORSION_SESSION"]
		if c.Advance(16 * time.Minute); c.get("/").Body != "1 new" || c.jar["TORSION_SESSION"] == old {
			t.Error("the session did not end")
		}
	})
}

func TestLifetime(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		config.Lifetime = time.Hour
		c := newClient(counter(session.New(config)), webtest.Config{})
		for range 6 {
			c.get("/")
			c.Advance(10 * time.Minute)
		}
		if got := c.get("/").Body; got != "1 new" {
			t.Errorf("got %q after the lifetime", got)
		}
	})
}

// An id that is not ours is not taken over (session fixation).
func TestForeignID(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		for _, id := range []string{strings.Repeat("a", 64), "x", "", "../../x"} {
			c := newClient(counter(session.New(config)), webtest.Config{})
			c.jar["TORSION_SESSION"] = id
			if res := c.get("/"); res.Body != "1 new" || c.jar["TORSION_SESSION"] == id {
				t.Errorf("%q: got %q", id, res.Body)
			}
		}
	})
}

func TestRotateAndExpire(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		c := newClient(counter(session.New(config)), webtest.Config{})
		c.get("/")
		before := c.jar["TORSION_SESSION"]
		res := c.get("/login")
		after := c.jar["TORSION_SESSION"]
		if res.Status != 303 || res.Header.Get("Location") != "/2" || after == before || len(res.Cookies()) != 1 {
			t.Fatalf("login: %d %v", res.Status, res.Header)
		}
		if got := c.get("/").Body; got != "3" {
			t.Errorf("after the login: %q", got)
		}
		if c.jar["TORSION_SESSION"] = before; config.Keys == nil && c.get("/").Body != "1 new" {
			t.Error("the old id still works")
		}
		c.jar["TORSION_SESSION"] = after
		if res := c.get("/logout"); c.jar["TORSION_SESSION"] != "" || res.Body != "" {
			t.Errorf("logout: %q, cookies %v", res.Body, c.jar)
		}
		if c.jar["TORSION_SESSION"] = after; config.Keys == nil && c.get("/").Body != "1 new" {
			t.Error("the session goes on after the logout")
		}
	})
}

// Plain and secure connections have sessions of their own.
func TestSecure(t *testing.T) {
	each(t, func(t *testing.T, config session.Config) {
		m := session.New(config)
		clock := protocoltest.NewClock()
		plain, secure := newClient(counter(m), webtest.Config{Clock: clock}), newClient(counter(m), webtest.Config{Clock: clock, TLS: new(tls.ConnectionState)})
		plain.get("/")
		secure.jar = map[string]string{"TORSION_SESSION": plain.jar["TORSION_SESSION"], "TORSION_SECURE_SESSION": plain.jar["TORSION_SESSION"]}
		res := secure.get("/")
		if res.Body != "1 new" || len(res.Cookies()) != 1 || !res.Cookies()[0].Secure || res.Cookies()[0].Name != "TORSION_SECURE_SESSION" {
			t.Errorf("got %q, %v", res.Body, res.Cookies())
		}
		if secure.get("/").Body != "2" || plain.get("/").Body != "2" {
			t.Error("the sessions are lost")
		}
	})
}

func TestExpiryCallbacks(t *testing.T) {
	var log []string
	m := session.New(session.Config{MaxSessions: 2})
	root := web.Func(func(r *web.Request) {
		s, name := m.Get(r), r.Query
		s.NotifyExpire(func() { log = append(log, name) })
		if name == "out" {
			s.Expire(r)
		}
	})
	clock := protocoltest.NewClock()
	get := func(name string) { newClient(root, webtest.Config{Clock: clock}).get("/?" + name) }
	get("a")
	get("out")
	if fmt.Sprint(log) != "[out]" {
		t.Errorf("after the logout: %v", log)
	}
	clock.Advance(time.Minute)
	get("b")
	get("c")
	if fmt.Sprint(log) != "[out a]" || m.Len() != 2 || m.Evicted() != 1 {
		t.Errorf("after one too many: %v, %d sessions, %d evicted", log, m.Len(), m.Evicted())
	}
	clock.Advance(15 * time.Minute)
	if fmt.Sprint(log) != "[out a b c]" || m.Len() != 0 {
		t.Errorf("after a while: %v, %d sessions", log, m.Len())
	}
}

// The least recently used goes first.
func TestLeastRecentlyUsed(t *testing.T) {
	m := session.New(session.Config{MaxSessions: 2})
	clock := protocoltest.NewClock()
	a, b, c := newClient(counter(m), webtest.Config{Clock: clock}), newClient(counter(m), webtest.Config{Clock: clock}), newClient(counter(m), webtest.Config{Clock: clock})
	a.get("/")
	b.get("/")
	a.get("/")
	c.get("/")
	if a.get("/").Body != "3" || b.get("/").Body != "1 new" {
		t.Error("the wrong session has gone")
	}
}

func TestSizes(t *testing.T) {
	text := session.NewKey[string]("text")
	for name, config := range map[string]session.Config{"cookie": {Keys: keys(t)}, "files": {Store: files(t), MaxSize: 4000}} {
		m := session.New(config)
		c := newClient(m.Wrap(web.LeafFunc(func(r *web.Request) {
			s := m.Get(r)
			if r.Path == "/set" {
				small := text.Set(s, "small")
				fmt.Fprint(r, small, errors.Is(text.Set(s, strings.Repeat("x", 4000)), session.ErrTooLarge))
			}
			v, ok := text.Get(s)
			fmt.Fprint(r, v, ok)
		})), webtest.Config{})
		if got := c.get("/set").Body; got != "<nil> truesmalltrue" {
			t.Errorf("%s: %q", name, got)
		}
		if got := c.get("/").Body; !strings.HasPrefix(got, "small") {
			t.Errorf("%s, the next request: %q", name, got)
		}
	}
}

func TestHeadSent(t *testing.T) {
	m := session.New(session.Config{Keys: keys(t)})
	newClient(web.Func(func(r *web.Request) {
		r.Flush()
		s := m.Get(r)
		if err := visits.Set(s, 1); !errors.Is(err, session.ErrHeadSent) {
			t.Errorf("Set: %v", err)
		}
		if err := s.Rotate(r); !errors.Is(err, session.ErrHeadSent) {
			t.Errorf("Rotate: %v", err)
		}
	}), webtest.Config{}).get("/")
}

// A store that fails is a 500, and what cannot be saved is logged.
func TestStoreFails(t *testing.T) {
	var log bytes.Buffer
	m := session.New(session.Config{Store: broken{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c := newClient(counter(m), webtest.Config{})
	if got := c.get("/").Body; got != "1 new" || !strings.Contains(log.String(), "session: not saved") {
		t.Errorf("got %q, log %s", got, &log)
	}
	if res := c.get("/"); res.Status != 500 {
		t.Errorf("got %d", res.Status)
	}
	if m.Len() != 0 {
		t.Errorf("%d sessions in use", m.Len())
	}
}

var errBroken = errors.New("broken on purpose")

type broken struct{}

func (broken) Load(l protocol.Loop, _ string) *deferred.Deferred[[]byte] {
	return deferred.FailOn[[]byte](l, errBroken)
}
func (broken) Save(l protocol.Loop, _ string, _ []byte, _ time.Time) *deferred.Deferred[struct{}] {
	return deferred.FailOn[struct{}](l, errBroken)
}
func (broken) Delete(l protocol.Loop, _ string) *deferred.Deferred[struct{}] {
	return deferred.FailOn[struct{}](l, errBroken)
}

func TestStoreWithoutWrap(t *testing.T) {
	m := session.New(session.Config{Store: broken{}})
	defer func() {
		if v := recover(); v == nil {
			t.Error("no panic")
		}
	}()
	webtest.Get(web.Func(func(r *web.Request) {
		defer func() {
			if recover() == nil {
				t.Error("Get without Wrap does not panic")
			}
		}()
		m.Get(r)
	}), "/")
	session.New(session.Config{Store: broken{}, Keys: keys(t)})
}

func TestSweep(t *testing.T) {
	store := files(t)
	c := newClient(counter(session.New(session.Config{Store: store})), webtest.Config{})
	c.get("/")
	now := c.Clock.Now()
	if err := store.Sweep(now); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/").Body; got != "2" {
		t.Errorf("swept too early: %q", got)
	}
	if err := store.Sweep(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/").Body; got != "1 new" {
		t.Errorf("not swept: %q", got)
	}
}
