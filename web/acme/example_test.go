// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/acme"
	"github.com/torsion-go/torsion/web/webtest"
)

// The two sites of a host: that on port 443 has the certificates, that on port 80 answers the authority and redirects everybody else.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "acme")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	certs, err := acme.New(r, acme.Config{
		Hosts:       []string{"www.example.org"},
		Folder:      filepath.Join(dir, "certificates"),
		Directory:   acme.LetsEncryptStaging, // for trials
		AcceptTerms: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	site := web.NewSite(web.Get(func(r *web.Request) { r.WriteString("hello") }), web.Config{})
	secure, err := tlswrap.Server(tlswrap.Options{Config: certs.TLSConfig(site.AcceptableProtocols()...), RequireServerName: true}, site)
	if err != nil {
		fmt.Println(err)
		return
	}
	plain := certs.Challenges(nil)
	_ = secure // for port 443; plain is the root of a site for port 80; certs is a service to be started behind both

	r.CallWhenRunning(func() {
		fmt.Println(certs.Ready())
		fmt.Println(webtest.Do(plain, webtest.Request{Host: "www.example.org", Target: "/page"}).Header.Get("Location"))
		r.Stop()
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// acme: www.example.org has no certificate yet
	// https://www.example.org/page
}
