// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/script"
	"github.com/torsion-go/torsion/web/webtest"
)

// calc compiles a language of our own: a line is a text, or the name of a parameter behind a question mark. An interpreter for Go, Starlark or WebAssembly is put in its place in the same way: it compiles src once, and
// the resource calls what came of it.
func calc(name string, src []byte) (web.Resource, error) {
	var steps []func(r *web.Request)
	for i, line := range strings.Split(strings.TrimSpace(string(src)), "\n") {
		switch verb, text, _ := strings.Cut(line, " "); verb {
		case "say":
			steps = append(steps, func(r *web.Request) { r.WriteString(text) })
		case "ask":
			steps = append(steps, func(r *web.Request) { r.WriteString(r.Arg(text)) })
		default:
			return nil, fmt.Errorf("line %d: what is %q?", i+1, verb)
		}
	}
	return web.Get(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/plain")
		for _, step := range steps {
			step(r)
		}
	}), nil
}

func Example() {
	files := fstest.MapFS{"greet.calc": {Data: []byte("say Hello, \nask name\nsay !")}}
	scripts := script.New(script.Config{FS: files, Compilers: map[string]script.Compiler{".calc": calc}})
	res := webtest.Get(scripts.Directory("."), "/greet.calc?name=world")
	fmt.Println(res.Status, res.Body)
	// Output: 200 Hello, world!
}
