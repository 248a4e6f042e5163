// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rewrite_test

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rewrite"
	"github.com/torsion-go/torsion/web/webtest"
)

var show = web.LeafFunc(func(r *web.Request) { fmt.Fprintf(r, "%q %s", r.PostPath, r.Path) })

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rule   rewrite.Rule
		target string
		want   string
	}{
		{"alias", rewrite.Alias("/old/", "new/place"), "/old/x", `["new" "place" "x"] /new/place/x`},
		{"alias itself", rewrite.Alias("old", "new"), "/old", `["new"] /new`},
		{"alias with slash", rewrite.Alias("old", "new"), "/old/", `["new" ""] /new/`},
		{"alias of a part", rewrite.Alias("old", "new"), "/older/x", `["older" "x"] /older/x`},
		{"alias encoded", rewrite.Alias("a%2Fb", "c d"), "/a%2fb/x", `["c d" "x"] /c%20d/x`},
		{"alias is not fooled", rewrite.Alias("a/b", "c"), "/a%2Fb/x", `["a/b" "x"] /a%2Fb/x`},
		{"alias of all", rewrite.Alias("", "sub"), "/x", `["sub" "x"] /sub/x`},
		{"tilde", rewrite.TildeToUsers, "/~ann/x", `["users" "ann" "x"] /users/ann/x`},
		{"encoded tilde", rewrite.TildeToUsers, "/%7Eann", `["users" "ann"] /users/ann`},
		{"tilde alone", rewrite.TildeToUsers, "/~/x", `["~" "x"] /~/x`},
		{"no tilde", rewrite.TildeToUsers, "/ann", `["ann"] /ann`},
		{"regexp", rewrite.Regexp(`^blog/(\d+)/(.*)$`, "posts/$2-$1"), "/blog/12/a", `["posts" "a-12"] /posts/a-12`},
		{"regexp keeps slashes", rewrite.Regexp(`^f/(.*)$`, "g/$1"), "/f/a%2Fb", `["g" "a/b"] /g/a%2Fb`},
		{"regexp breaks encoding", rewrite.Regexp(`2F`, ""), "/f/a%2Fb", `["f" "a/b"] /f/a%2Fb`},
		{"regexp of the root", rewrite.Regexp(`^$`, "index"), "/", `["index"] /index`},
		{"regexp elsewhere", rewrite.Regexp(`^x`, "y"), "/ax", `["ax"] /ax`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := webtest.Get(rewrite.New(show, tt.rule), tt.target); got.Body != tt.want {
				t.Errorf("got %s, want %s", got.Body, tt.want)
			}
		})
	}
}

// Class 15: no rule can be talked into dots.
func TestNoWayUp(t *testing.T) {
	root := rewrite.New(show, rewrite.TildeToUsers, rewrite.Regexp(`^d/(.*?)x(.*)$`, "$1$2"))
	for _, target := range []string{"/~..", "/~../x", "/~%2e%2e/x", "/d/.x./y", "/d/%2ex%2e/y", "/~a%00", "/~."} {
		if res := webtest.Get(root, target); res.Status != 400 {
			t.Errorf("%s: %d %s", target, res.Status, res.Body)
		}
	}
}

// The rules run in order, below the place where the resource stands.
func TestOrderAndPlace(t *testing.T) {
	var tree, root web.Tree
	tree.PutChild("b", web.LeafFunc(func(r *web.Request) { fmt.Fprintf(r, "%q %q %s", r.PrePath, r.PostPath, r.Path) }))
	root.PutChild("sub", rewrite.New(&tree, rewrite.Alias("x", "y"), rewrite.Alias("y", "b"), rewrite.Alias("b", "b/c")))
	if got := webtest.Get(&root, "/sub/x/z").Body; got != `["sub" "b"] ["c" "z"] /sub/b/c/z` {
		t.Error(got)
	}
}

func TestMalformedAliasPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	rewrite.Alias("a%zz", "b")
}

func ExampleNew() {
	var tree web.Tree
	tree.PutChild("archive", web.LeafFunc(func(r *web.Request) { fmt.Fprint(r, "archive of ", r.PostPath) }))
	root := rewrite.New(&tree, rewrite.Alias("/old", "/archive/2019"))
	fmt.Println(webtest.Get(root, "/old/notes").Body)
	// Output: archive of [2019 notes]
}
