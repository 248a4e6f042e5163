// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest_test

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

func Example() {
	var root web.Tree
	root.PutChild("hello", web.Get(func(r *web.Request) { fmt.Fprintf(r, "Hello, %s!", r.Arg("name")) }))

	res := webtest.Get(&root, "/hello?name=Ann")
	fmt.Println(res.Status, res.Body)
	res = webtest.Do(&root, webtest.Request{Method: "DELETE", Target: "/hello"})
	fmt.Println(res.Status, res.Header.Get("Allow"))
	// Output:
	// 200 Hello, Ann!
	// 405 GET, HEAD, OPTIONS
}

// A response that takes its time: the test moves the clock.
func ExampleConnect() {
	slow := web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.Loop().CallLater(time.Minute, func() {
			fmt.Fprint(r, "at last")
			r.Finish()
		})
	})
	c := webtest.Connect(web.NewSite(slow, web.Config{}), webtest.Config{})
	res := c.Do(webtest.Request{})
	fmt.Println(res.Finished)
	c.Advance(time.Minute)
	fmt.Println(res.Finished, res.Body)
	// Output:
	// false
	// true at last
}
