// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
	"github.com/torsion-go/torsion/web/webtest"
)

var letter = template.Must(template.XMLString(`<html xmlns:t="urn:torsion:template">
  <body>
    <h1 t:render="greeting">Hello, </h1>
    <ul><li t:render="items"><a><t:attr name="href"><t:slot name="url"/></t:attr><t:slot name="text"/></a></li></ul>
  </body>
</html>`))

type inbox struct {
	user  string
	texts []string
}

func (i inbox) Greeting(r *web.Request, tag *template.Tag) any { return tag.Add(i.user) }

func (i inbox) Items(r *web.Request, tag *template.Tag) any {
	var rows []template.Node
	for n, text := range i.texts {
		rows = append(rows, tag.Clone().FillSlots(template.Slots{"url": fmt.Sprint("/mail/", n), "text": text}))
	}
	return rows
}

func inboxPage(user string, texts ...string) web.Resource {
	return template.Page{}.Resource(func(r *web.Request) template.Node {
		return &template.Element{Loader: letter, Methods: inbox{user, texts}}
	})
}

func slowPage(later *deferred.Deferred[string]) web.Resource {
	return template.Page{}.Resource(func(r *web.Request) template.Node {
		return tags.P("The answer is ", template.Coroutine(func(co *deferred.Coroutine) (template.Node, error) {
			s, err := deferred.Await(co, later)
			return tags.B(s), err
		}))
	})
}

func script(data any) *template.Tag {
	return tags.Script(template.JS("show("), template.JSON{Value: data}, template.JS(");"))
}

// The code of the guide is that of this file.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile("../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.ReadFile("docs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(guide), "```go\n")[1:]
	if len(blocks) != 5 {
		t.Errorf("%d blocks of code", len(blocks))
	}
	for _, b := range blocks {
		if code, _, _ := strings.Cut(b, "```"); !strings.Contains(string(here), code) {
			t.Errorf("not in docs_test.go:\n%s", code)
		}
	}
}

func TestCodeOfTheGuide(t *testing.T) {
	got := webtest.Get(inboxPage("Ann", "<one>", "two"), "/").Body
	for _, want := range []string{"<h1>Hello, Ann</h1>", `<li><a href="/mail/0">&lt;one&gt;</a></li><li><a href="/mail/1">two</a></li>`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := webtest.Get(slowPage(deferred.Succeed("42")), "/").Body; got != "<!DOCTYPE html>\n<p>The answer is <b>42</b></p>" {
		t.Errorf("got %s", got)
	}
	if got := flat(t, script("</script>")); got != `<script>show("\u003c/script\u003e");</script>` {
		t.Errorf("got %s", got)
	}
}
