// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
)

var listPage = template.Must(template.XMLString(`
<html lang="en" xmlns:t="urn:torsion:template">
  <head><title>Notes</title><link rel="stylesheet" href="/static/style.css"/></head>
  <body>
    <h1>Notes</h1>
    <ol><li t:render="notes"><a><t:attr name="href"><t:slot name="url"/></t:attr><t:slot name="text"/></a> <i><t:slot name="author"/></i> <t:slot name="picture"/></li></ol>
    <t:transparent t:render="forms"/>
  </body>
</html>`))

var loginForm = template.Must(template.XMLString(`
<form action="/login" method="post">
  <p><input name="name" placeholder="name" required="required"/> <input type="password" name="password" placeholder="password"/> <button>Log in</button></p>
</form>`))

var noteForm = template.Must(template.XMLString(`
<t:transparent xmlns:t="urn:torsion:template">
  <form action="/notes" method="post" enctype="multipart/form-data">
    <p><textarea name="text" rows="3" required="required" maxlength="1000"></textarea></p>
    <p><input type="file" name="picture" accept="image/*"/> <button>Send</button></p>
  </form>
  <form action="/logout" method="post"><button>Log out</button></form>
</t:transparent>`))

// A list is the page of all notes.
type list struct{ *board }

// Forms shows what the client may do.
func (l list) Forms(r *web.Request, tag *template.Tag) any {
	if name := l.login.user(r); name != "" {
		return tag.Add(tags.P("You are ", tags.B(name), "."), noteForm.Load(r))
	}
	return tag.Add(loginForm.Load(r))
}

// Notes is called where the template says t:render="notes", with that tag.
func (l list) Notes(r *web.Request, tag *template.Tag) any {
	var rows []template.Node
	for i, n := range l.notes {
		slots := template.Slots{"url": fmt.Sprintf("/notes/%d", i+1), "text": n.Text, "author": n.Author, "picture": nil}
		if n.Picture != "" {
			slots["picture"] = tags.Img().Set("src", "/pictures/"+n.Picture).Set("alt", "")
		}
		rows = append(rows, tag.Clone().FillSlots(slots))
	}
	return rows
}

func (b *board) page(r *web.Request) template.Node {
	return &template.Element{Loader: listPage, Methods: list{b}}
}
