// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
	"github.com/torsion-go/torsion/web/webtest"
)

type guests struct{ names []string }

// Rows repeats its tag for each name.
func (g guests) Rows(_ *web.Request, tag *template.Tag) template.Node {
	return func(yield func(*template.Tag) bool) {
		for _, name := range g.names {
			if !yield(tag.Clone().FillSlots(template.Slots{"name": name, "url": "/guest/" + name})) {
				return
			}
		}
	}
}

func Example() {
	doc := template.Must(template.XMLString(`<ul xmlns:t="urn:torsion:template"><li t:render="rows">
  <a><t:attr name="href"><t:slot name="url"/></t:attr><t:slot name="name"/></a></li></ul>`))
	page := template.Page{}.Resource(func(*web.Request) template.Node {
		return &template.Element{Loader: doc, Methods: guests{[]string{"Ann", "<Bob>"}}}
	})
	fmt.Println(webtest.Get(page, "/").Body)
	// Output:
	// <!DOCTYPE html>
	// <ul><li>
	//   <a href="/guest/Ann">Ann</a></li><li>
	//   <a href="/guest/&lt;Bob&gt;">&lt;Bob&gt;</a></li></ul>
}

func ExampleString() {
	later := deferred.New[int](nil)
	template.String(nil, tags.P(template.Attr{Name: "class", Value: "sum"}, "2 + 2 = ", later)).Done(func(s string, err error) {
		fmt.Println(s, err)
	})
	later.Callback(4)
	// Output: <p class="sum">2 + 2 = 4</p> <nil>
}

func ExampleJSON() {
	data := template.JSON{Value: map[string]string{"text": "</script>"}}
	template.String(nil, tags.Script(template.JS("show("), data, template.JS(")"))).Done(func(s string, _ error) { fmt.Println(s) })
	// Output: <script>show({"text":"\u003c/script\u003e"})</script>
}

func ExampleElement_Check() {
	doc := template.Must(template.ParseXML("guests.xml", []byte(`<p xmlns:t="urn:torsion:template" t:render="row"/>`)))
	fmt.Println((&template.Element{Loader: doc, Methods: guests{}}).Check())
	// Output:
	// template: error while flattening:
	//   File "guests.xml", line 1, column 1, in Tag <p render=row>
	// template: element template_test.guests has no render method "row"
}
