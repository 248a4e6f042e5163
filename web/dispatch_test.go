// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"testing"

	"github.com/torsion-go/torsion/web"
)

// wrap is a resource around another, as compression and logins are.
func wrap(inner web.Resource) web.Resource {
	return web.LeafFunc(func(r *web.Request) { web.Dispatch(inner, r) })
}

func TestDispatch(t *testing.T) {
	var inner, root web.Tree
	inner.PutChild("b", web.Func(paths))
	inner.PutChild("leaf", web.LeafFunc(paths))
	root.PutChild("a", wrap(&inner))
	root.PutChild("twice", wrap(wrap(&inner)))
	root.PutChild("page", wrap(web.Func(paths)))
	for target, want := range map[string]string{
		"/a/b":          `["a" "b"] []`,
		"/a/b/c":        "404",
		"/a/leaf/x/y":   `["a" "leaf"] ["x" "y"]`,
		"/twice/leaf/x": `["twice" "leaf"] ["x"]`,
		"/page":         `["page"] []`,
		"/page/more":    "404",
		"/a/none":       "404",
	} {
		got, _ := exchange(t, &root, "GET "+target+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if want == "404" {
			if got[9:12] != want {
				t.Errorf("%s: got %s, want 404", target, got[9:12])
			}
		} else if body(got) != want {
			t.Errorf("%s: got %s, want %s", target, body(got), want)
		}
	}
}
