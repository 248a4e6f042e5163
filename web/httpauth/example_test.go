// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth_test

import (
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/httpauth"
	"github.com/torsion-go/torsion/web/webtest"
)

// One resource for everybody who has an account.
func ExampleProtect() {
	users := new(cred.InMemoryUsernamePasswordDatabaseDontUse)
	users.AddUser("alice", "secret")
	page := web.Get(func(r *web.Request) {
		user, _ := httpauth.User(r)
		fmt.Fprint(r, "Hello, ", user.Name)
	})
	root := httpauth.Protect(page, httpauth.Config{}, []cred.AnyChecker{cred.Any(users)}, httpauth.Basic{Realm: "admin"})

	res := webtest.Get(root, "/")
	fmt.Println(res.Status, res.Header.Get("WWW-Authenticate"))
	res = webtest.Do(root, webtest.Request{Header: http.Header{"Authorization": {"Basic YWxpY2U6c2VjcmV0"}}}) // alice:secret
	fmt.Println(res.Status, res.Body)
	// Output:
	// 401 Basic realm="admin", charset="UTF-8"
	// 200 Hello, alice
}
