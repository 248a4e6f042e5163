// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session_test

import (
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/webtest"
)

func Example() {
	sessions := session.New(session.Config{})
	name := session.NewKey[string]("name")
	page := web.Func(func(r *web.Request) {
		s := sessions.Get(r)
		if n := r.Arg("name"); n != "" {
			name.Set(s, n)
		}
		n, ok := name.Get(s)
		fmt.Fprintf(r, "%q %v", n, ok)
	})

	c := webtest.Connect(web.NewSite(page, web.Config{}), webtest.Config{})
	res := c.Do(webtest.Request{Target: "/?name=Ann"})
	cookie := res.Cookies()[0]
	res = c.Do(webtest.Request{Header: http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}})
	fmt.Println(res.Body)
	fmt.Println(c.Do(webtest.Request{}).Body)
	// Output:
	// "Ann" true
	// "" false
}
