// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package distrib_test

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/distrib"
	"github.com/torsion-go/torsion/web/webtest"
)

// folder is a folder with a short path, which sockets need, that only its owner may write to.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "distrib")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func subscribe(t *testing.T, cfg distrib.SubscriptionConfig) *distrib.Subscription {
	t.Helper()
	cfg.Logger = quiet
	s, err := distrib.NewSubscription(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Two processes. The one behind is killed in the midst of requests; the one in front answers for it, and goes on with the next.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(folder(t), "web")
	var root web.Tree
	root.PutChild("app", subscribe(t, distrib.SubscriptionConfig{Address: "unix:" + path}))
	x := newRig(t, &root)
	x.expect("/app/", 502, "cannot be reached")
	p := start(t, path)
	x.expect("/app/", 200, "the top")
	x.expect("/app/none", 404, "")
	large := strings.Repeat("0123456789", 200_000)
	if a := x.do("POST", "/app/echo", large); a.status != 200 || a.body != large {
		t.Errorf("a large body: %d, %d bytes, %v", a.status, len(a.body), a.err)
	}
	if a := x.do("GET", "/app/away", ""); a.status != 302 || a.header.Get("Location") != "/app/who" {
		t.Errorf("a redirect: %d to %q", a.status, a.header.Get("Location"))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", info, err)
	}
	held := make(chan answer, 1) // filled once
	go func() { held <- x.do("GET", "/app/hold", "") }()
	p.expect(t, "held")
	parted, err := x.client.Get(x.url + "/app/part") // which returns when the head has come
	if err != nil {
		t.Fatal(err)
	}
	defer parted.Body.Close()
	p.expect(t, "parted")
	p.kill()
	if a := <-held; a.err != nil || a.status != 502 || !strings.Contains(a.body, "502") {
		t.Errorf("the request under way: %+v", a)
	}
	if got, err := io.ReadAll(parted.Body); err == nil {
		t.Errorf("the client cannot tell that the answer broke off: %q", got)
	}
	x.expect("/app/", 502, "cannot be reached")
	start(t, path) // in the place of the dead one's socket
	x.expect("/app/", 200, "the top")
}

// Who asks is what the process in front says, whatever the client does.
func TestIdentity(t *testing.T) {
	path := filepath.Join(folder(t), "web")
	var root web.Tree
	root.PutChild("known", subscribe(t, distrib.SubscriptionConfig{Address: "unix:" + path, User: func(*web.Request) (string, bool) { return "alice % ü\r\n", true }}))
	root.PutChild("app", subscribe(t, distrib.SubscriptionConfig{Address: "unix:" + path}))
	x := newRig(t, &root)
	p := &distrib.Publisher{Root: back(nil), Path: path, Config: web.Config{Logger: quiet}}
	await(x, func() *deferred.Deferred[endpoint.Port] { return p.Listen(x.r) })
	host := strings.TrimPrefix(x.url, "http://")
	forged := []string{"X-Forwarded-User: root", "x-forwarded-user: root", "X_Forwarded_User: root", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "Forwarded: for=1.2.3.4;proto=https"}
	if a := x.do("GET", "/app/who", "", forged...); a.body != `"" false 127.0.0.1 false `+host+` ""` {
		t.Errorf("nobody: %+v", a)
	}
	if a := x.do("GET", "/known/who", "", forged...); a.body != `"alice % ü\r\n" true 127.0.0.1 false `+host+` ""` {
		t.Errorf("somebody: %+v", a)
	}
	if a := x.do("GET", "/known/who", "", "Connection: X-Forwarded-User"); a.status != 400 {
		t.Errorf("a client that wants to be nobody: %+v", a)
	}
}

func TestPublisherOverTCP(t *testing.T) {
	p := &distrib.Publisher{Root: back(nil), Trusted: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Config: web.Config{Logger: quiet, Proxies: web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}}
	header := map[string][]string{"X-Forwarded-User": {"bob"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"https"}}
	for peer, want := range map[string]string{"10.1.2.3:4": `"bob" true 192.0.2.1 true example.com ""`, "10.2.0.1:4": "403"} {
		c := webtest.Connect(p.Site(), webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort(peer))})
		if res := c.Do(webtest.Request{Target: "/who", Header: header}); !strings.Contains(res.Body, want) {
			t.Errorf("%s: %d %q", peer, res.Status, res.Body)
		}
	}
}

// A process of another user is neither spoken to nor listened to.
func TestStrangers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs SO_PEERCRED")
	}
	path := filepath.Join(folder(t), "web")
	var asked atomic.Int64
	sub := func(uid int) web.Resource {
		s, err := distrib.NewSubscriptionTo(distrib.SubscriptionConfig{Address: "unix:" + path, Logger: quiet}, path, uid)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	var root web.Tree
	root.PutChild("mine", sub(os.Getuid()))
	root.PutChild("stranger", sub(os.Getuid()+1))
	x := newRig(t, &root)
	p := &distrib.Publisher{Root: web.LeafFunc(func(r *web.Request) { asked.Add(1); r.WriteString("asked") }), Path: path, Config: web.Config{Logger: quiet}}
	await(x, func() *deferred.Deferred[endpoint.Port] { return p.Listen(x.r) })
	x.expect("/stranger/", 502, "")
	x.expect("/mine/", 200, "asked")
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestUnsafeFolder(t *testing.T) {
	dir := folder(t)
	x := newRig(t, web.Demo)
	for mode, ok := range map[os.FileMode]bool{0o777: false, 0o770: false, 0o755: true, 0o777 | os.ModeSticky: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		p := &distrib.Publisher{Root: web.Demo, Path: filepath.Join(dir, "web")}
		port, err := tried(x, func() *deferred.Deferred[endpoint.Port] { return p.Listen(x.r) })
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "chmod go-w "+dir) {
			t.Errorf("%v: %v", mode, err)
		}
		if err == nil {
			await(x, port.StopListening)
		}
	}
}

// A service that stops lets what is asked of a publisher be answered.
func TestPublisherDrains(t *testing.T) {
	path := filepath.Join(folder(t), "web")
	var root web.Tree
	root.PutChild("app", subscribe(t, distrib.SubscriptionConfig{Address: "unix:" + path}))
	x := newRig(t, &root)
	held := make(chan *web.Request, 1) // filled once
	p := &distrib.Publisher{Path: path, Config: web.Config{Logger: quiet}, Root: web.LeafFunc(func(r *web.Request) {
		r.NotDoneYet()
		held <- r
	})}
	s := service.NewStreamServer(x.r, p.Server(x.r), p.Site(), service.StreamServerConfig{Grace: time.Minute})
	await(x, s.Start)
	answered := make(chan answer, 1) // filled once
	go func() { answered <- x.do("GET", "/app/", "") }()
	r := <-held
	drained := make(chan error, 1) // filled once
	await(x, func() *deferred.Deferred[struct{}] {
		s.Drain().Done(func(_ struct{}, err error) { drained <- err })
		return deferred.SucceedOn(x.r, struct{}{})
	})
	r.Loop().CallFromThread(func() {
		if len(drained) > 0 {
			t.Error("it did not wait")
		}
		r.WriteString("the answer")
		r.Finish()
	})
	if a := <-answered; a.status != 200 || a.body != "the answer" {
		t.Errorf("got %+v", a)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
	await(x, s.Stop)
}
