// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure_test

import (
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
	"github.com/torsion-go/torsion/web/webtest"
)

// A site with everything around it, and what a forged request gets.
func Example() {
	var root web.Tree
	root.PutChild("", web.Func(func(r *web.Request) { fmt.Fprintf(r, "<script nonce=%q>hello()</script>", secure.Nonce(r)) }))

	limited := secure.NewRateLimit(&root, secure.RateLimitConfig{Requests: 60, Burst: 20})
	checked, err := secure.NewOrigins(limited, secure.OriginsConfig{Trusted: []string{"https://app.example.org"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	protected, err := secure.NewHeaders(checked, secure.HeadersConfig{FrameAncestors: "'none'"})
	if err != nil {
		fmt.Println(err)
		return
	}
	res := webtest.Do(protected, webtest.Request{Method: "POST", Header: http.Header{"Origin": {"https://evil.example"}}})
	fmt.Println(res.Status, res.Header.Get("X-Frame-Options"))
	res = webtest.Do(protected, webtest.Request{Method: "POST", Header: http.Header{"Origin": {"https://app.example.org"}}})
	fmt.Println(res.Status)
	// Output:
	// 403 DENY
	// 200
}
