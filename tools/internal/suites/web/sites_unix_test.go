// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package web_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
)

// One site on TCP, TLS and a UNIX socket, and another one beside it, on one loop.
func TestSitesWithCurl(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		var root web.Tree
		root.PutChild("who", web.Get(func(r *web.Request) {
			fmt.Fprint(r, r.URL(), " ", r.Hostname(), " ", r.Secure(), " ", r.ClientAddr().IsValid())
		}))
		root.PutChild("visit", web.Get(func(r *web.Request) {
			n, _ := r.Cookie("n")
			if err := r.SetCookie(&http.Cookie{Name: "n", Value: n + "x", Path: "/"}); err != nil {
				tc.Error(err)
			}
			fmt.Fprint(r, n)
		}))
		root.PutChild("login", web.Get(func(r *web.Request) { fmt.Fprintf(r, "%q %q", r.User(), r.Password()) }))
		root.PutChild("old", web.RedirectTo(302, "/who?<\"&\r\nX-Evil: 1"))
		root.PutChild("page", web.Get(func(r *web.Request) { fmt.Fprint(r, strings.Repeat("p", 100)) }))
		root.PutChild("a/b", web.Get(func(r *web.Request) { fmt.Fprint(r, "slash") }))
		site := web.NewSite(&root, web.Config{Logger: tc.Logger(), Proxies: web.Proxies{Unix: true}})
		other := web.NewSite(nil, web.Config{Logger: tc.Logger(), Server: "-"})
		key, err := certificate.GenerateKey()
		assert.NoError(tc, err)
		cert, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
		assert.NoError(tc, err)
		secure, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert.TLS()}}, Logger: tc.Logger()}, site)
		assert.NoError(tc, err)
		plain, tlsHost, demo := listen(tc, site), listen(tc, secure), listen(tc, other)
		dir, err := os.MkdirTemp("", "web") // shorter than tc.TempDir, for the socket's name
		assert.NoError(tc, err)
		defer os.RemoveAll(dir)
		socket := filepath.Join(dir, "s")
		unix, err := tc.Reactor().ListenUNIX(socket, site, reactor.UNIXListenOptions{})
		assert.NoError(tc, err)
		trial.CleanupD(tc, unix.StopListening)

		jar := filepath.Join(dir, "jar")
		port := netip.MustParseAddrPort(plain).Port()
		for _, tt := range []struct {
			args []string
			want string
		}{
			{[]string{"http://" + plain + "/who"}, "http://" + plain + "/who 127.0.0.1 false true"},
			{[]string{"-k", "https://" + tlsHost + "/who"}, "https://" + tlsHost + "/who 127.0.0.1 true true"},
			{[]string{"--unix-socket", socket, "http://name/who"}, "http://name/who name false false"},
			{[]string{"--unix-socket", socket, "-H", "X-Forwarded-For: 192.0.2.1", "-H", "X-Forwarded-Proto: https", "http://name/who"}, "https://name/who name true true"},
			{[]string{"-H", "X-Forwarded-For: 192.0.2.1", "-H", "X-Forwarded-Proto: https", "http://" + plain + "/who"}, "http://" + plain + "/who 127.0.0.1 false true"},
			{[]string{"--resolve", fmt.Sprintf("site.example:%d:127.0.0.1", port), fmt.Sprintf("http://site.example:%d/who?q", port)},
				fmt.Sprintf("http://site.example:%d/who?q site.example false true", port)},
			{[]string{"-H", "Host: [::1]:80", "http://" + plain + "/who"}, "http://[::1]/who ::1 false true"},
			{[]string{"-c", jar, "-b", jar, "http://" + plain + "/visit"}, ""},
			{[]string{"-c", jar, "-b", jar, "http://" + plain + "/visit"}, "x"},
			{[]string{"-c", jar, "-b", jar, "http://" + plain + "/visit"}, "xx"},
			{[]string{"-u", "a:b:c", "http://" + plain + "/login"}, `"a" "b:c"`},
			{[]string{"-H", "Authorization: Basic !", "http://" + plain + "/login"}, `"" ""`},
			{[]string{"-o", os.DevNull, "-w", "%{http_code} %{redirect_url} %header{x-evil}", "http://" + plain + "/old"},
				"302 http://" + plain + `/who?<"&%0D%0AX-Evil:%201 `},
			{[]string{"-L", "-o", os.DevNull, "-w", "%{http_code} %{num_redirects}", "http://" + plain + "/old"}, "200 1"},
			{[]string{"-I", "-o", os.DevNull, "-w", "%{http_code} %{content_type}", "http://" + plain + "/page"}, "200 text/html; charset=utf-8"},
			{[]string{"http://" + plain + "/a%2Fb"}, "slash"},
			{[]string{"--path-as-is", "-o", os.DevNull, "-w", "%{http_code}", "http://" + plain + "/x/../page"}, "404"}, // class 15
			{[]string{"-X", "PUT", "-o", os.DevNull, "-w", "%{http_code} %header{allow}", "http://" + plain + "/page"}, "405 GET, HEAD, OPTIONS"},
			{[]string{"-X", "FOO", "-o", os.DevNull, "-w", "%{http_code}", "http://" + plain + "/page"}, "501"},
			{[]string{"-X", "OPTIONS", "--request-target", "*", "-w", "%{http_code}", "http://" + plain}, "200"},
			{[]string{"-X", "GET", "--request-target", "*", "-o", os.DevNull, "-w", "%{http_code} %header{allow}", "http://" + plain}, "405 OPTIONS"},
			{[]string{"-H", "Accept: application/json", "http://" + plain + "/none"}, `{"status":404,"title":"Not Found"}`},
			{[]string{"-o", os.DevNull, "-w", "%{http_code} %header{server}", "http://" + demo}, "200 "},
		} {
			assert.Equal(assert.Check(tc), curl(tc, tt.args...), tt.want, "%q", tt.args)
		}
		if site.Stats().Requests == 0 || other.Stats().Connections != 1 {
			tc.Errorf("stats %+v and %+v", site.Stats(), other.Stats())
		}
	})
}
