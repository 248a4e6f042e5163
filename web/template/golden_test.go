// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/template"
)

// twisted flattens the templates that it reads as JSON with an element whose render methods are those of goldenMethods.
const twisted = `
import json, sys
from twisted.internet.defer import succeed
from twisted.web.template import *
class E(Element):
    @renderer
    def add(self, request, tag): return tag("<added>", tags.b("&", class_='"x"'))
    @renderer
    def clear(self, request, tag): return tag.clear()("c")
    @renderer
    def fill(self, request, tag): return tag.fillSlots(a="<A>", b=tags.i("B"), url="/p?q=1&r=2")
    @renderer
    def rows(self, request, tag): return [tag.clone().fillSlots(a=str(i)) for i in range(3)]
    @renderer
    def later(self, request, tag): return succeed(tag("later"))
    @renderer
    def comment(self, request, tag): return tag(Comment("a -- b > c -"))
    @renderer
    def nothing(self, request, tag): return ""
    @renderer
    def inner(self, request, tag): return E(TagLoader(tag(slot("a"), tags.transparent("t", render="add"))))
out = []
for t in json.load(sys.stdin):
    d = flattenString(None, E(XMLString(t)))
    l = []
    d.addBoth(l.append)
    out.append(l[0].decode("utf-8") if isinstance(l[0], bytes) else "error: " + type(l[0].value._exception).__name__)
json.dump(out, sys.stdout)
`

// goldenMethods are the same as those of the Python class above.
type goldenMethods struct{}

func (goldenMethods) Add(_ webRequest, t *tag) node {
	return t.Add("<added>", template.New("b", "&", attr{"class", `"x"`}))
}
func (goldenMethods) Clear(_ webRequest, t *tag) node { return t.Clear().Add("c") }
func (goldenMethods) Fill(_ webRequest, t *tag) node {
	return t.FillSlots(slots{"a": "<A>", "b": template.New("i", "B"), "url": "/p?q=1&r=2"})
}
func (goldenMethods) Rows(_ webRequest, t *tag) node {
	return func(yield func(node) bool) {
		for i := range 3 {
			if !yield(t.Clone().FillSlots(slots{"a": i})) {
				return
			}
		}
	}
}
func (goldenMethods) Later(_ webRequest, t *tag) node { return deferred.Succeed(t.Add("later")) }
func (goldenMethods) Comment(_ webRequest, t *tag) node {
	return t.Add(template.Comment{Data: "a -- b > c -"})
}
func (goldenMethods) Nothing(webRequest, *tag) node { return "" }
func (m goldenMethods) Inner(_ webRequest, t *tag) node {
	again := template.Transparent("t")
	again.Render = "add"
	return &template.Element{Loader: template.Tree(t.Add(&template.Slot{Name: "a"}, again)), Methods: m}
}

const ns = ` xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1"`

// golden are templates that must come out as they do with Twisted.
var golden = []string{
	`<p>Hello, world.</p>`,
	`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html><head><title>x</title></head></html>`,
	"<?xml version='1.0'?>\n<?pi x?><!-- top --><p/><!-- end > -->",
	`<p>&lt;&amp;&gt;&quot;&apos; &#160;&#x20ac; ä</p>`,
	"<p a=\"&lt;&quot;&apos;&#10;\n\t\" b='\"'>\r\nline\r\n</p>",
	`<div><br/><img src="a"/><p/><br></br><br>x</br><col/><input/></div>`,
	`<p><!-- a - b > c --><![CDATA[a < & > ]]]]><![CDATA[> b]]></p>`,
	`<p` + ns + ` t:render="add"/>`,
	`<p` + ns + ` class="q" t:render="add">kept</p>`,
	`<p` + ns + `><b t:render="clear">x</b> <i t:render="nothing"/></p>`,
	`<p` + ns + ` t:render="fill"><t:slot name="a"/> <t:slot name="b"/> <t:slot name="c" default="&lt;d&gt;"/></p>`,
	`<p` + ns + ` t:render="fill"><a href="x"><t:attr name="href"><t:slot name="url"/></t:attr><t:attr name="title">a <t:slot name="b"/> "</t:attr></a></p>`,
	`<ul` + ns + `><li t:render="rows"><t:slot name="a"/></li></ul>`,
	`<p` + ns + `><t:transparent>a<t:transparent t:render="add">b</t:transparent></t:transparent></p>`,
	`<t:transparent` + ns + `>top</t:transparent>`,
	`<p` + ns + ` t:render="later"/>`,
	`<p` + ns + ` t:render="comment"/>`,
	`<p` + ns + ` t:render="fill"><b t:render="inner">x</b></p>`,
	`<x:p` + ns + ` xmlns:x="urn:x" xmlns="urn:y" x:a="1" b="2"><q x:c="3"/><x:r xmlns:z="urn:z" z:d="4"/></x:p>`,
	`<svg` + ns + ` xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><t:transparent><a xlink:href="#x" xml:lang="en">y</a></t:transparent></svg>`,
	`<p` + ns + `><t:slot name="none"/></p>`,
	`<p` + ns + ` t:render="unknown"/>`,
	`<script>var a = 1;</script>`,
	"<script>//<![CDATA[\nif (a < b && c > d) {}\n//]]></script>",
	`<p` + ns + `><t:attr name="id">x</t:attr></p>`,
	`<p` + ns + ` id="y"><b><t:attr name="id"><t:transparent t:render="add"/></t:attr></b></p>`,
}

func TestSameAsTwisted(t *testing.T) {
	cmd := exec.Command("/usr/bin/python3", "-c", twisted)
	in, _ := json.Marshal(golden)
	cmd.Stdin = bytes.NewReader(in)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("Twisted is missing (Debian: apt-get install python3-twisted): %v\n%s", err, errs.String())
	}
	var want []string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	for i, src := range golden {
		doc, err := template.XMLString(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := flatten(t, &template.Element{Loader: doc, Methods: goldenMethods{}})
		if name, failed := strings.CutPrefix(want[i], "error: "); failed {
			if err == nil {
				t.Errorf("%s\nours    %s\nTwisted has the error %s", src, got, name)
			}
			continue
		}
		if err != nil || got != want[i] {
			t.Errorf("%s\nours    %s %v\nTwisted %s", src, got, err, want[i])
		}
	}
}
