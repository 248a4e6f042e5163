// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script_test

import (
	htmltemplate "html/template"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/script"
	"github.com/torsion-go/torsion/web/template"
)

func TestHTML(t *testing.T) {
	funcs := htmltemplate.FuncMap{"loud": strings.ToUpper}
	x := newRig(t, script.Config{Compilers: map[string]script.Compiler{
		".tmpl": script.HTML(funcs, nil),
		".own":  script.HTML(nil, func(r *web.Request) any { return map[string]string{"who": r.Arg("who")} }),
	}}, web.Config{DisplayTracebacks: true})
	x.write("a.tmpl", `<p>{{.Method}} {{.Path}} {{index .Args.q 0}} {{loud .Host}} {{.ClientAddr}} {{.Header "X-None"}}|{{.PrePath}}</p>`)
	x.write("b.own", `<a title={{.who}}>{{.who}}</a>`)
	x.write("bad.tmpl", `{{if}}`)
	x.expect("/app/a.tmpl?q=%3Cscript%3E", 200, "<p>GET /app/a.tmpl &lt;script&gt; EXAMPLE.COM 192.168.1.1 |[app a.tmpl]</p>")
	x.expect("/app/b.own?who=%3Cb%3E+x", 200, "<a title=&lt;b&gt;&#32;x>&lt;b&gt; x</a>")
	x.expect("/app/bad.tmpl", 500, "bad.tmpl:1")
	x.expect("/app/a.tmpl/below", 404, "")
	x.write("a.tmpl", "changed")
	x.expect("/app/a.tmpl", 200, "changed")
}

type methods struct{}

func (methods) Title(r *web.Request, tag *template.Tag) any { return tag.Add("for " + r.Arg("who")) }

func TestXML(t *testing.T) {
	x := newRig(t, script.Config{Compilers: map[string]script.Compiler{".xml": script.XML(template.Page{}, template.Element{Methods: methods{}})}}, web.Config{DisplayTracebacks: true})
	x.write("a.xml", `<p xmlns:t="urn:torsion:template" t:render="title"/>`)
	x.write("unknown.xml", `<p xmlns:t="urn:torsion:template" t:render="nothing"/>`)
	x.write("bad.xml", `<p>`)
	x.expect("/app/a.xml?who=%3Cb%3E", 200, "<p>for &lt;b&gt;</p>")
	x.expect("/app/unknown.xml", 500, "nothing")
	x.expect("/app/bad.xml", 500, "bad.xml:1")
	if res := x.get("/app/a.xml"); res.Status != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %v", res.Status, res.Header)
	}
}
