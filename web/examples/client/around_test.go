// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/cookiejar"
	"github.com/torsion-go/torsion/web/webtest"
)

// around puts around an Agent what a browser has. What is made last is the outermost.
func around(agent *client.Agent, jar http.CookieJar) client.Doer {
	var d client.Doer = client.NewRetryAgent(agent, client.RetryConfig{}) // each request again, if the server is busy
	d = client.NewDecoderAgent(d, client.DecoderConfig{})                 // gzip, br, zstd
	d = client.NewCookieAgent(d, jar)                                     // for each request on the way
	return client.NewRedirectAgent(d, client.RedirectConfig{Max: 5})      // follows the way
}

func Example_around() {
	root := compress.New(web.Func(func(r *web.Request) {
		if r.Path == "/" {
			r.SetCookie(&http.Cookie{Name: "seen", Value: "yes"})
			r.Redirect(http.StatusFound, "/home")
			return
		}
		seen, _ := r.Cookie("seen")
		fmt.Fprintf(r, "%s, seen=%s, %s", r.Path, seen, r.Header.Get("Accept-Encoding"))
	}), compress.Config{MinSize: -1})
	agent, clock := over(root, client.Config{})
	jar := cookiejar.New(cookiejar.Config{})
	d := around(agent, jar)
	show(clock, get(d, "http://example.org/"))
	for c := range jar.All() {
		fmt.Println(c.Domain, c.Name, c.Value)
	}
	// Output:
	// /home, seen=yes, zstd, br, gzip, deflate
	// example.org seen yes
}

// A signer adds a field to each request. Doers of one's own look like this.
type signer struct {
	inner client.Doer
	key   string
}

func (s *signer) Loop() protocol.Loop { return s.inner.Loop() }

func (s *signer) Do(r *client.Request) *deferred.Deferred[*client.Response] {
	signed := *r // the caller's is not changed
	signed.Header = r.Header.Clone()
	signed.Header.Set("X-Key", s.key)
	return s.inner.Do(&signed)
}

func Example_doer() {
	agent, clock := over(web.Func(func(r *web.Request) { fmt.Fprint(r, r.Header.Get("X-Key")) }), client.Config{})
	show(clock, get(&signer{agent, "k1"}, "http://example.org/"))
	// Output: k1
}

func Example_redirect() {
	agent, clock := over(web.Func(func(r *web.Request) { r.Redirect(http.StatusTemporaryRedirect, "/again") }), client.Config{})
	d := client.NewRedirectAgent(agent, client.RedirectConfig{Max: 2})
	_, err := webtest.Result(clock, d.Do(&client.Request{URL: target("http://example.org/")}))
	fmt.Println(errors.Is(err, client.ErrRedirectLimit), errors.Is(err, client.ErrRedirectLoop))

	_, err = webtest.Result(clock, d.Do(&client.Request{Method: "POST", URL: target("http://example.org/"), Body: client.String("x")}))
	var failed *client.Error
	if errors.Is(err, client.ErrRedirectMethod) && errors.As(err, &failed) {
		fmt.Println(failed.Response.Status, failed.Response.Header.Get("Location"))
	}
	// Output:
	// true false
	// 307 /again
}
