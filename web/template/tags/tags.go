// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tags

import "github.com/torsion-go/torsion/web/template"

// A returns the element a.
func A(children ...template.Node) *template.Tag { return template.New("a", children...) }

// Abbr returns the element abbr.
func Abbr(children ...template.Node) *template.Tag { return template.New("abbr", children...) }

// Address returns the element address.
func Address(children ...template.Node) *template.Tag { return template.New("address", children...) }

// Area returns the element area.
func Area(children ...template.Node) *template.Tag { return template.New("area", children...) }

// Article returns the element article.
func Article(children ...template.Node) *template.Tag { return template.New("article", children...) }

// Aside returns the element aside.
func Aside(children ...template.Node) *template.Tag { return template.New("aside", children...) }

// Audio returns the element audio.
func Audio(children ...template.Node) *template.Tag { return template.New("audio", children...) }

// B returns the element b.
func B(children ...template.Node) *template.Tag { return template.New("b", children...) }

// Base returns the element base.
func Base(children ...template.Node) *template.Tag { return template.New("base", children...) }

// Bdi returns the element bdi.
func Bdi(children ...template.Node) *template.Tag { return template.New("bdi", children...) }

// Bdo returns the element bdo.
func Bdo(children ...template.Node) *template.Tag { return template.New("bdo", children...) }

// Blockquote returns the element blockquote.
func Blockquote(children ...template.Node) *template.Tag {
	return template.New("blockquote", children...)
}

// Body returns the element body.
func Body(children ...template.Node) *template.Tag { return template.New("body", children...) }

// Br returns the element br.
func Br(children ...template.Node) *template.Tag { return template.New("br", children...) }

// Button returns the element button.
func Button(children ...template.Node) *template.Tag { return template.New("button", children...) }

// Canvas returns the element canvas.
func Canvas(children ...template.Node) *template.Tag { return template.New("canvas", children...) }

// Caption returns the element caption.
func Caption(children ...template.Node) *template.Tag { return template.New("caption", children...) }

// Cite returns the element cite.
func Cite(children ...template.Node) *template.Tag { return template.New("cite", children...) }

// Code returns the element code.
func Code(children ...template.Node) *template.Tag { return template.New("code", children...) }

// Col returns the element col.
func Col(children ...template.Node) *template.Tag { return template.New("col", children...) }

// Colgroup returns the element colgroup.
func Colgroup(children ...template.Node) *template.Tag { return template.New("colgroup", children...) }

// Data returns the element data.
func Data(children ...template.Node) *template.Tag { return template.New("data", children...) }

// Datalist returns the element datalist.
func Datalist(children ...template.Node) *template.Tag { return template.New("datalist", children...) }

// Dd returns the element dd.
func Dd(children ...template.Node) *template.Tag { return template.New("dd", children...) }

// Del returns the element del.
func Del(children ...template.Node) *template.Tag { return template.New("del", children...) }

// Details returns the element details.
func Details(children ...template.Node) *template.Tag { return template.New("details", children...) }

// Dfn returns the element dfn.
func Dfn(children ...template.Node) *template.Tag { return template.New("dfn", children...) }

// Dialog returns the element dialog.
func Dialog(children ...template.Node) *template.Tag { return template.New("dialog", children...) }

// Div returns the element div.
func Div(children ...template.Node) *template.Tag { return template.New("div", children...) }

// Dl returns the element dl.
func Dl(children ...template.Node) *template.Tag { return template.New("dl", children...) }

// Dt returns the element dt.
func Dt(children ...template.Node) *template.Tag { return template.New("dt", children...) }

// Em returns the element em.
func Em(children ...template.Node) *template.Tag { return template.New("em", children...) }

// Embed returns the element embed.
func Embed(children ...template.Node) *template.Tag { return template.New("embed", children...) }

// Fieldset returns the element fieldset.
func Fieldset(children ...template.Node) *template.Tag { return template.New("fieldset", children...) }

// Figcaption returns the element figcaption.
func Figcaption(children ...template.Node) *template.Tag {
	return template.New("figcaption", children...)
}

// Figure returns the element figure.
func Figure(children ...template.Node) *template.Tag { return template.New("figure", children...) }

// Footer returns the element footer.
func Footer(children ...template.Node) *template.Tag { return template.New("footer", children...) }

// Form returns the element form.
func Form(children ...template.Node) *template.Tag { return template.New("form", children...) }

// H1 returns the element h1.
func H1(children ...template.Node) *template.Tag { return template.New("h1", children...) }

// H2 returns the element h2.
func H2(children ...template.Node) *template.Tag { return template.New("h2", children...) }

// H3 returns the element h3.
func H3(children ...template.Node) *template.Tag { return template.New("h3", children...) }

// H4 returns the element h4.
func H4(children ...template.Node) *template.Tag { return template.New("h4", children...) }

// H5 returns the element h5.
func H5(children ...template.Node) *template.Tag { return template.New("h5", children...) }

// H6 returns the element h6.
func H6(children ...template.Node) *template.Tag { return template.New("h6", children...) }

// Head returns the element head.
func Head(children ...template.Node) *template.Tag { return template.New("head", children...) }

// Header returns the element header.
func Header(children ...template.Node) *template.Tag { return template.New("header", children...) }

// Hgroup returns the element hgroup.
func Hgroup(children ...template.Node) *template.Tag { return template.New("hgroup", children...) }

// Hr returns the element hr.
func Hr(children ...template.Node) *template.Tag { return template.New("hr", children...) }

// Html returns the element html.
func Html(children ...template.Node) *template.Tag { return template.New("html", children...) }

// I returns the element i.
func I(children ...template.Node) *template.Tag { return template.New("i", children...) }

// Iframe returns the element iframe.
func Iframe(children ...template.Node) *template.Tag { return template.New("iframe", children...) }

// Img returns the element img.
func Img(children ...template.Node) *template.Tag { return template.New("img", children...) }

// Input returns the element input.
func Input(children ...template.Node) *template.Tag { return template.New("input", children...) }

// Ins returns the element ins.
func Ins(children ...template.Node) *template.Tag { return template.New("ins", children...) }

// Kbd returns the element kbd.
func Kbd(children ...template.Node) *template.Tag { return template.New("kbd", children...) }

// Label returns the element label.
func Label(children ...template.Node) *template.Tag { return template.New("label", children...) }

// Legend returns the element legend.
func Legend(children ...template.Node) *template.Tag { return template.New("legend", children...) }

// Li returns the element li.
func Li(children ...template.Node) *template.Tag { return template.New("li", children...) }

// Link returns the element link.
func Link(children ...template.Node) *template.Tag { return template.New("link", children...) }

// Main returns the element main.
func Main(children ...template.Node) *template.Tag { return template.New("main", children...) }

// Map returns the element map.
func Map(children ...template.Node) *template.Tag { return template.New("map", children...) }

// Mark returns the element mark.
func Mark(children ...template.Node) *template.Tag { return template.New("mark", children...) }

// Menu returns the element menu.
func Menu(children ...template.Node) *template.Tag { return template.New("menu", children...) }

// Meta returns the element meta.
func Meta(children ...template.Node) *template.Tag { return template.New("meta", children...) }

// Meter returns the element meter.
func Meter(children ...template.Node) *template.Tag { return template.New("meter", children...) }

// Nav returns the element nav.
func Nav(children ...template.Node) *template.Tag { return template.New("nav", children...) }

// Noscript returns the element noscript.
func Noscript(children ...template.Node) *template.Tag { return template.New("noscript", children...) }

// Object returns the element object.
func Object(children ...template.Node) *template.Tag { return template.New("object", children...) }

// Ol returns the element ol.
func Ol(children ...template.Node) *template.Tag { return template.New("ol", children...) }

// Optgroup returns the element optgroup.
func Optgroup(children ...template.Node) *template.Tag { return template.New("optgroup", children...) }

// Option returns the element option.
func Option(children ...template.Node) *template.Tag { return template.New("option", children...) }

// Output returns the element output.
func Output(children ...template.Node) *template.Tag { return template.New("output", children...) }

// P returns the element p.
func P(children ...template.Node) *template.Tag { return template.New("p", children...) }

// Param returns the element param.
func Param(children ...template.Node) *template.Tag { return template.New("param", children...) }

// Picture returns the element picture.
func Picture(children ...template.Node) *template.Tag { return template.New("picture", children...) }

// Pre returns the element pre.
func Pre(children ...template.Node) *template.Tag { return template.New("pre", children...) }

// Progress returns the element progress.
func Progress(children ...template.Node) *template.Tag { return template.New("progress", children...) }

// Q returns the element q.
func Q(children ...template.Node) *template.Tag { return template.New("q", children...) }

// Rp returns the element rp.
func Rp(children ...template.Node) *template.Tag { return template.New("rp", children...) }

// Rt returns the element rt.
func Rt(children ...template.Node) *template.Tag { return template.New("rt", children...) }

// Ruby returns the element ruby.
func Ruby(children ...template.Node) *template.Tag { return template.New("ruby", children...) }

// S returns the element s.
func S(children ...template.Node) *template.Tag { return template.New("s", children...) }

// Samp returns the element samp.
func Samp(children ...template.Node) *template.Tag { return template.New("samp", children...) }

// Script returns the element script.
func Script(children ...template.Node) *template.Tag { return template.New("script", children...) }

// Search returns the element search.
func Search(children ...template.Node) *template.Tag { return template.New("search", children...) }

// Section returns the element section.
func Section(children ...template.Node) *template.Tag { return template.New("section", children...) }

// Select returns the element select.
func Select(children ...template.Node) *template.Tag { return template.New("select", children...) }

// Slot returns the element slot.
func Slot(children ...template.Node) *template.Tag { return template.New("slot", children...) }

// Small returns the element small.
func Small(children ...template.Node) *template.Tag { return template.New("small", children...) }

// Source returns the element source.
func Source(children ...template.Node) *template.Tag { return template.New("source", children...) }

// Span returns the element span.
func Span(children ...template.Node) *template.Tag { return template.New("span", children...) }

// Strong returns the element strong.
func Strong(children ...template.Node) *template.Tag { return template.New("strong", children...) }

// Style returns the element style.
func Style(children ...template.Node) *template.Tag { return template.New("style", children...) }

// Sub returns the element sub.
func Sub(children ...template.Node) *template.Tag { return template.New("sub", children...) }

// Summary returns the element summary.
func Summary(children ...template.Node) *template.Tag { return template.New("summary", children...) }

// Sup returns the element sup.
func Sup(children ...template.Node) *template.Tag { return template.New("sup", children...) }

// Table returns the element table.
func Table(children ...template.Node) *template.Tag { return template.New("table", children...) }

// Tbody returns the element tbody.
func Tbody(children ...template.Node) *template.Tag { return template.New("tbody", children...) }

// Td returns the element td.
func Td(children ...template.Node) *template.Tag { return template.New("td", children...) }

// Template returns the element template.
func Template(children ...template.Node) *template.Tag { return template.New("template", children...) }

// Textarea returns the element textarea.
func Textarea(children ...template.Node) *template.Tag { return template.New("textarea", children...) }

// Tfoot returns the element tfoot.
func Tfoot(children ...template.Node) *template.Tag { return template.New("tfoot", children...) }

// Th returns the element th.
func Th(children ...template.Node) *template.Tag { return template.New("th", children...) }

// Thead returns the element thead.
func Thead(children ...template.Node) *template.Tag { return template.New("thead", children...) }

// Time returns the element time.
func Time(children ...template.Node) *template.Tag { return template.New("time", children...) }

// Title returns the element title.
func Title(children ...template.Node) *template.Tag { return template.New("title", children...) }

// Tr returns the element tr.
func Tr(children ...template.Node) *template.Tag { return template.New("tr", children...) }

// Track returns the element track.
func Track(children ...template.Node) *template.Tag { return template.New("track", children...) }

// U returns the element u.
func U(children ...template.Node) *template.Tag { return template.New("u", children...) }

// Ul returns the element ul.
func Ul(children ...template.Node) *template.Tag { return template.New("ul", children...) }

// Var returns the element var.
func Var(children ...template.Node) *template.Tag { return template.New("var", children...) }

// Video returns the element video.
func Video(children ...template.Node) *template.Tag { return template.New("video", children...) }

// Wbr returns the element wbr.
func Wbr(children ...template.Node) *template.Tag { return template.New("wbr", children...) }
