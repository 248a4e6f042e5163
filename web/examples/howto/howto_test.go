// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package howto_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/fastcgi"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/httpauth"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/static"
	"github.com/torsion-go/torsion/web/vhost"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/wsgi"
)

// A digest is where a file goes: it is never stored.
type digest struct{ hash.Hash }

func (digest) Close() error { return nil }

// upload tells what a file's hash is, however large it is.
func upload(r *web.Request) {
	sums := map[string]digest{}
	read := form.Stream(r, form.Config{MaxSize: 10 << 30}, func(p *form.Part) (io.WriteCloser, error) {
		if !p.File {
			return nil, nil // dropped
		}
		sums[p.FileName] = digest{sha256.New()}
		return sums[p.FileName], nil
	})
	web.Later(r, read, func(struct{}) {
		for name, sum := range sums {
			fmt.Fprintf(r, "%x %s\n", sum.Sum(nil)[:4], name)
		}
	})
}

func Example_upload() {
	body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n"
	res := webtest.Do(web.Methods{"POST": upload}, webtest.Request{
		Method: "POST", Header: http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}, Body: body,
	})
	fmt.Print(res.Body)
	// Output: 2cf24dba a.txt
}

var visits = session.NewKey[int]("visits")

// counter counts the visits of each client, in a cookie that only the site can read.
func counter(secret []byte) (web.Resource, error) {
	keys, err := web.NewCookieKeys(secret)
	if err != nil {
		return nil, err
	}
	sessions := session.New(session.Config{Keys: keys, Lifetime: 30 * 24 * time.Hour, Idle: 7 * 24 * time.Hour})
	return web.Get(func(r *web.Request) {
		s := sessions.Get(r)
		n, _ := visits.Get(s)
		if err := visits.Set(s, n+1); err != nil {
			r.LogError("session", "err", err)
		}
		fmt.Fprintf(r, "visit %d\n", n+1)
	}), nil
}

func Example_session() {
	root, err := counter([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		fmt.Println(err)
		return
	}
	first := webtest.Get(root, "/")
	cookie := first.Cookies()[0]
	again := webtest.Do(root, webtest.Request{Header: http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}})
	fmt.Print(first.Body, again.Body)
	// Output:
	// visit 1
	// visit 2
}

// private asks for a name and a password, which are in a file.
func private(inner web.Resource, file string) web.Resource {
	users := &cred.FilePasswordDB{Path: file, Cache: true}
	checker := httpauth.Remember(users.Hashed(password.Verify), httpauth.RememberConfig{})
	return httpauth.Protect(inner, httpauth.Config{Guard: guard.New(guard.Config{})},
		[]cred.AnyChecker{cred.Any(checker)}, httpauth.Basic{Realm: "private"})
}

func Example_login() {
	root := private(web.Get(func(r *web.Request) { r.WriteString("secrets") }), "users")
	res := webtest.Get(root, "/")
	res.Wait(context.Background())
	fmt.Println(res.Status, res.Header.Get("WWW-Authenticate"))
	// Output: 401 Basic realm="private", charset="UTF-8"
}

// hosts are two sites at one port, one of which is on other machines.
func hosts(www web.Resource) (web.Resource, error) {
	api, err := proxy.NewReverse(proxy.ReverseConfig{
		Upstreams: []string{"tcp:10.0.0.7:8080", "tcp:10.0.0.8:8080"},
		Balance:   proxy.LeastConnections,
		Health:    proxy.Health{Path: "/healthz"},
	})
	if err != nil {
		return nil, err
	}
	all := new(vhost.Hosts)
	all.Add("www.example.org", www)
	all.Add("api.example.org", api)
	return all, nil
}

func Example_hosts() {
	root, err := hosts(web.Get(func(r *web.Request) { r.WriteString("www") }))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(webtest.Do(root, webtest.Request{Host: "WWW.example.org:8080"}).Body)
	fmt.Println(webtest.Do(root, webtest.Request{Host: "other.example.org"}).Status)
	// Output:
	// www
	// 404
}

// shop is a Flask application at /shop, with a site around it.
func shop(r *reactor.Reactor) (service.Service, error) {
	app, err := wsgi.New(r, wsgi.Config{Application: "shop:create_app()", Dir: "/srv/shop", Virtualenv: "/srv/shop/venv", Workers: 4})
	if err != nil {
		return nil, err
	}
	var root web.Tree
	root.PutChild("shop", app)
	server, err := service.Listen(r, "tcp:8080", web.NewSite(&root, web.Config{}))
	if err != nil {
		return nil, err
	}
	all := service.NewMulti(r, service.MultiConfig{})
	if err := all.Add("shop", app); err != nil {
		return nil, err
	}
	return all, all.Add("server", server)
}

func Example_wsgi() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := shop(r); err != nil {
		fmt.Println(err)
	}
	r.CallWhenRunning(func() { r.Stop() })
	fmt.Println(r.Run(context.Background()))
	// Output: <nil>
}

// blog runs the scripts of a folder by php-fpm, and sends the other files of it.
func blog(dir string) (web.Resource, error) {
	php, err := fastcgi.New("unix:/run/php/php-fpm.sock", fastcgi.Config{Root: dir})
	if err != nil {
		return nil, err
	}
	files, err := static.Dir(dir, static.Config{Extensions: []string{".html"}})
	if err != nil {
		return nil, err
	}
	return web.LeafFunc(func(r *web.Request) {
		for _, segment := range r.PostPath {
			if strings.HasSuffix(segment, ".php") {
				web.Dispatch(php, r)
				return
			}
		}
		web.Dispatch(files, r)
	}), nil
}

// downloads shows what there is, and lets caches keep it for an hour.
func downloads(path string) (web.Resource, error) {
	return static.Dir(path, static.Config{
		Listing:       true,
		Precompressed: true, // name.br, name.zst or name.gz in place of name
		CacheControl:  static.MaxAge(time.Hour, false),
		OpenFiles:     1000,
	})
}

// page sends one file for every path that is no file: for applications that run in the browser.
func page(files fstest.MapFS) web.Resource {
	index := static.Data("text/html; charset=utf-8", files["index.html"].Data)
	return static.FS(files, static.Config{NotFound: web.LeafFunc(func(r *web.Request) {
		r.SetStatus(http.StatusOK)
		web.Dispatch(index, r)
	})})
}

func Example_static() {
	root := page(fstest.MapFS{"index.html": {Data: []byte("the application")}, "app.js": {Data: []byte("run()")}})
	for _, target := range []string{"/app.js", "/users/7"} {
		res := webtest.Get(root, target)
		fmt.Println(res.Status, res.Body)
	}
	// Output:
	// 200 run()
	// 200 the application
}

// mixed serves an http.Handler below /old.
func mixed(old http.Handler) web.Resource {
	root := new(web.Tree)
	root.PutChild("", web.Get(func(r *web.Request) { r.WriteString("new") }))
	root.PutChild("old", web.Mounted(old)) // the handler sees the path without /old
	return root
}

func Example_handler() {
	root := mixed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "old ", r.URL.Path) }))
	for _, target := range []string{"/", "/old/page"} {
		res := webtest.Get(root, target)
		res.Wait(context.Background())
		fmt.Println(res.Body)
	}
	// Output:
	// new
	// old /page
}

// handler serves a site in a program of net/http.
func handler(loop protocol.Loop, root web.Resource) http.Handler {
	return web.NewSite(root, web.Config{}).HTTPHandler(loop)
}

func Example_siteAsHandler() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	w := httptest.NewRecorder()
	handler(r, web.Get(func(r *web.Request) { r.WriteString("hello from the loop") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	stop()
	fmt.Println(w.Body, <-done)
	// Output: hello from the loop <nil>
}

// behind is the configuration of a site that only nginx reaches, by a UNIX socket or from this machine.
var behind = web.Config{Proxies: web.Proxies{
	Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	Unix:    true,
}}

func Example_behind() {
	site := web.NewSite(web.Get(func(r *web.Request) { fmt.Fprint(r, r.ClientAddr(), " ", r.URL()) }), behind)
	c := webtest.Connect(site, webtest.Config{Remote: protocol.UNIXAddr("")})
	fmt.Println(c.Do(webtest.Request{Host: "example.org", Header: http.Header{
		"X-Forwarded-For":   {"203.0.113.7"},
		"X-Forwarded-Proto": {"https"},
	}}).Body)
	// Output: 203.0.113.7 https://example.org/
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.php": "<?php secret();", "about.html": "about us"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := blog(dir)
	if err != nil {
		t.Fatal(err)
	}
	if res := webtest.Get(root, "/about"); res.Body != "about us" {
		t.Errorf("a page: got %d %s", res.Status, res.Body)
	}
	if res := webtest.Get(root, "/a.php"); strings.Contains(res.Body, "secret") {
		t.Errorf("a script was sent: %s", res.Body)
	}
	list, err := downloads(dir)
	if err != nil {
		t.Fatal(err)
	}
	if res := webtest.Get(list, "/"); !strings.Contains(res.Body, "about.html") {
		t.Errorf("the listing: got %d %s", res.Status, res.Body)
	}
}
