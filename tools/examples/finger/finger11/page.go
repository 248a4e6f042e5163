// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"html/template"

	"github.com/torsion-go/torsion/web"
)

// The template escapes what users say.
var page = template.Must(template.New("users").Parse(`<!DOCTYPE html>
<title>Users</title>
<dl>
{{range $name, $text := .}}<dt>{{$name}}<dd>{{$text}}
{{end}}</dl>
`))

func newSite(users *userFile) *web.Site {
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(r, users.all()); err != nil {
			r.Abort()
		}
	}))
	return web.NewSite(&root, web.Config{})
}
