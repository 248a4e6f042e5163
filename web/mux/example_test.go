// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/mux"
	"github.com/torsion-go/torsion/web/webtest"
)

func Example() {
	var m mux.Mux
	m.Handle("GET /users/{id}", web.Returns(func(r *web.Request) (any, error) {
		id, err := mux.As[int](r, "id")
		return map[string]int{"id": id}, err
	}))
	m.Func("DELETE /users/{id}", func(r *web.Request) { r.SetStatus(204) })

	fmt.Print(webtest.Get(&m, "/users/7").Body)
	fmt.Println(webtest.Get(&m, "/users/ann").Status)
	res := webtest.Do(&m, webtest.Request{Method: "POST", Target: "/users/7"})
	fmt.Println(res.Status, res.Header.Get("Allow"))
	// Output:
	// {"id":7}
	// 404
	// 405 DELETE, GET, HEAD, OPTIONS
}
