// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/web/template"
)

type methods struct{}

func (methods) Good(r webRequest, t *tag) node { return t.Add("good") }
func (methods) Wrong(t *tag) node              { return "wrong" }
func (methods) String() string                 { return "string" }
func (methods) Panics(webRequest, *tag) node   { panic("oops") }

func element(t testing.TB, src string) *template.Element {
	t.Helper()
	doc, err := template.XMLString(src)
	if err != nil {
		t.Fatal(err)
	}
	return &template.Element{Loader: doc, Methods: methods{}}
}

func TestRenderMethods(t *testing.T) {
	for _, name := range []string{"good", "Good"} {
		if got := flat(t, element(t, `<p`+ns+` t:render="`+name+`"/>`)); got != "<p>good</p>" {
			t.Errorf("%s: %s", name, got)
		}
	}
	_, err := flatten(t, element(t, `<p`+ns+` t:render="absent"/>`))
	if e, ok := errors.AsType[*template.MissingRenderMethodError](err); !ok || e.Name != "absent" {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"wrong", "string", "String"} {
		_, err := flatten(t, element(t, `<p`+ns+` t:render="`+name+`"/>`))
		if e, ok := errors.AsType[*template.UnexposedMethodError](err); !ok || e.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := element(t, `<p`+ns+` t:render="good"><b t:render="absent"/><t:attr name="id"><t:slot name="x"><i t:render="wrong"/></t:slot></t:attr></p>`)
	err = e.Check()
	if _, ok := errors.AsType[*template.MissingRenderMethodError](err); !ok || strings.Count(err.Error(), "while flattening") != 2 {
		t.Errorf("Check: %v", err)
	}
	if err := element(t, `<p`+ns+` t:render="good"/>`).Check(); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestRenderMethodsGetCopies(t *testing.T) {
	doc, _ := template.XMLString(`<p` + ns + ` t:render="x"><b class="y">z</b></p>`)
	e := &template.Element{Loader: doc, Renderers: map[string]template.RenderFunc{"x": func(_ webRequest, t *tag) node {
		t.Children[0].(*tag).Add("!").Set("class", "changed")
		return t.Set("id", "1")
	}}}
	for range 2 {
		if got := flat(t, e); got != `<p id="1"><b class="changed">z!</b></p>` {
			t.Errorf("got %s", got)
		}
	}
}

func TestFlattenerErrorTellsTheWay(t *testing.T) {
	doc, err := template.ParseXML("page.xml", []byte("<html"+ns+">\n  <p>\n    <b t:render=\"panics\"/></p></html>"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = flatten(t, template.New("body", &template.Element{Loader: doc, Methods: methods{}}))
	want := `template: error while flattening:
  Tag <body>
  element template_test.methods
  File "page.xml", line 1, column 1, in Tag <html>
  File "page.xml", line 2, column 3, in Tag <p>
  File "page.xml", line 3, column 5, in Tag <b render=panics>
`
	fe, ok := errors.AsType[*template.FlattenerError](err)
	if !ok || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "panic: oops") || !strings.Contains(fe.Stack.String(), "methods.Panics") {
		t.Errorf("got %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`<p`, "1:1: the input ends inside markup"},
		{"<p>\n<b></p>", "2:4: </p> where </b> belongs"},
		{`<t:attr` + ns + ` name="x"/>`, "1:1: attr as top-level element"},
		{`<p` + ns + `><t:attr>x</t:attr></p>`, "attr requires a name attribute"},
		{`<p` + ns + `><t:slot/></p>`, "a slot requires a name attribute"},
		{`<p` + ns + `><t:other/></p>`, "unknown directive other"},
		{`<p` + ns + ` t:reander="x"/>`, "unknown directive t:reander"},
		{`<!DOCTYPE p [<!ENTITY x SYSTEM "/etc/passwd">]><p>&x;</p>`, "declarations in the document type"},
		{`<!DOCTYPE p SYSTEM "/etc/passwd"><p>&x;</p>`, "undefined entity"},
	} {
		_, err := template.XMLString(tt.in)
		if e, ok := errors.AsType[*template.ParseError](err); !ok || !strings.Contains(err.Error(), tt.want) || e.Pos.File != "template" {
			t.Errorf("%s: %v, want %s", tt.in, err, tt.want)
		}
	}
}

func TestShortNamespaceAndWhatTwistedLoses(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`<p xmlns:s="urn:torsion:template" s:render="good"/>`, "<p>good</p>"},
		{`<p>a<wbr/>b</p>`, "<p>a<wbr />b</p>"},
		{`<t:transparent` + ns + ` xmlns:x="urn:x"><x:a/><x:b><x:c/></x:b></t:transparent>`, `<x:a xmlns:x="urn:x"></x:a><x:b xmlns:x="urn:x"><x:c></x:c></x:b>`},
		{`<style>ul &gt; li {}</style>`, `<style>ul > li {}</style>`},
		{`<p` + ns + `><t:slot name="x"><b>default</b></t:slot></p>`, "<p><b>default</b></p>"},
	} {
		if got := flat(t, element(t, tt.in)); got != tt.want {
			t.Errorf("%s: %s", tt.in, got)
		}
	}
}

func TestHTML(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"<!DOCTYPE html>\n<html><body><p>a<p>b&nbsp;&eacute;<ul><li>1<li>2</ul></body></html>", "\n<html><body><p>a</p><p>b\u00a0é</p><ul><li>1</li><li>2</li></ul></body></html>"},
		{`<P CLASS=x hidden>a<BR>b<img src=a.png></P>`, `<p class="x" hidden="">a<br />b<img src="a.png" /></p>`},
		{`<p t:render="good"></p>`, `<p>good</p>`},
		{`<table><tr t:render=good><td>x<td>y</table>`, `<table><tr><td>x</td><td>y</td>good</tr></table>`},
		{`<p><t:slot name="x" default="d"/><t:attr name="id">i</t:attr><t:transparent>t</t:transparent></p>`, `<p id="i">dt</p>`},
		{`<script>if (a < b && c) { "&amp;" }</script><!-- c -->`, `<script>if (a < b && c) { "&amp;" }</script><!-- c -->`},
		{`<svg><path d="x"/><g></g></svg>`, `<svg><path d="x"></path><g></g></svg>`},
		{`<select><option>a<option>b</select>`, `<select><option>a</option><option>b</option></select>`},
	} {
		doc, err := template.HTMLString(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if got := flat(t, &template.Element{Loader: doc, Methods: methods{}}); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
	}
	for in, want := range map[string]string{
		"<div>\n<b>": "2:1: <b> is not closed", "<div></b></div>": "1:6: </b> where </div> belongs", "</b>": "1:1: </b> without a beginning",
		"<t:attr name=x></t:attr>": "attr as top-level element", "<p t:x=y>": "unknown directive t:x",
	} {
		if _, err := template.HTMLString(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.xml")
	write := func(s string, at int64) {
		t.Helper()
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Unix(at, 0), time.Unix(at, 0)); err != nil {
			t.Fatal(err)
		}
	}
	write("<p>1</p>", 1)
	kept, fresh := &template.File{Path: path}, &template.File{Path: path, Reload: true}
	both := template.Transparent(&template.Element{Loader: kept}, &template.Element{Loader: fresh})
	if got := flat(t, both); got != "<p>1</p><p>1</p>" {
		t.Errorf("at first %s", got)
	}
	write("<p>2</p>", 2)
	if got := flat(t, both); got != "<p>1</p><p>2</p>" {
		t.Errorf("after a change %s", got)
	}
	write("<p>3", 3)
	if _, err := flatten(t, both); err == nil || !strings.Contains(err.Error(), path+":1:4: the input ends inside <p>") {
		t.Errorf("after a mistake %v", err)
	}
	write("<p>4</p>", 4)
	if got := flat(t, both); got != "<p>1</p><p>4</p>" {
		t.Errorf("at the end %s", got)
	}
	if err := (&template.Element{Loader: &template.File{Path: path + ".absent"}}).Check(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	embedded := &template.File{Path: "a.html", FS: fstest.MapFS{"a.html": {Data: []byte("<p>a<br>")}}, Parse: template.ParseHTML}
	if got := flat(t, &template.Element{Loader: embedded}); got != "<p>a<br /></p>" {
		t.Errorf("got %s", got)
	}
}
