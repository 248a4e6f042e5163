// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
)

var listPage = template.Must(template.XMLString(`
<html lang="en" xmlns:t="urn:torsion:template">
  <head><title>Notes</title></head>
  <body>
    <h1>Notes</h1>
    <ol><li t:render="notes"><a><t:attr name="href"><t:slot name="url"/></t:attr><t:slot name="text"/></a> <i><t:slot name="author"/></i></li></ol>
  </body>
</html>`))

// A list is the page of all notes.
type list struct{ *board }

// Notes is called where the template says t:render="notes", with that tag.
func (l list) Notes(r *web.Request, tag *template.Tag) any {
	var rows []template.Node
	for i, n := range l.notes {
		rows = append(rows, tag.Clone().FillSlots(template.Slots{"url": fmt.Sprintf("/notes/%d", i+1), "text": n.Text, "author": n.Author}))
	}
	return rows
}

func (b *board) page(r *web.Request) template.Node {
	return &template.Element{Loader: listPage, Methods: list{b}}
}
