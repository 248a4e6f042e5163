// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/template"
)

// corpus is what an attacker writes. Where it runs as a program it calls pwn(); where it becomes an element that is called pwn or has an attribute of that name.
var corpus = []string{
	`<script>pwn()</script>`, `<img src=x onerror=pwn()>`, `<pwn>`, `"><pwn>`, `'><pwn>`, `" pwn="`, `' pwn='`, "` pwn=`", ` pwn=1 `, `" onmouseover="pwn()`,
	`--><pwn>`, `--!><pwn>`, `-><pwn>`, `><pwn>`, `]]><pwn>`, `]]>--><pwn>`, `?><pwn>`, `%><pwn>`,
	`</script><pwn>`, `</SCRIPT ><pwn>`, `</style><pwn>`, `</title><pwn>`, `</textarea><pwn>`, `</iframe><pwn>`, `</noscript><pwn>`, `</textarea pwn="`, `<!--<script>`,
	`javascript:pwn()`, `JaVaScRiPt:pwn()`, "java\tscript:pwn()", "java\nscript:pwn()", " \x01javascript:pwn()", `javascript&colon;pwn()`, `&#106;avascript:pwn()`,
	`vbscript:pwn()`, `data:text/html,<script>pwn()</script>`, `data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==`, `//x/"><pwn>`, `x, javascript:pwn() 1x`,
	`0;url=javascript:pwn()`, `'`, `"`, `\`, `\'`, `\"`, `';pwn();//`, `";pwn();//`, `\';pwn();//`, `\";pwn();//`, "`;pwn();//", "${pwn()}", `pwn()`, `);pwn();(`, `*/pwn();/*`, "\npwn()\n", "\u2028pwn()\u2029",
	`</script`, `expression(pwn())`, `url(javascript:pwn())`, `}*{background:url(javascript:pwn())}`, `x;}</style><pwn>`, `\3c pwn>`, `&lt;pwn&gt;`, `&quot; pwn=&quot;`, `+ADw-script+AD4-pwn()+ADw-/script+AD4-`,
	"\x00<pwn>", "<\x00pwn>", "\xff<pwn>", "\xc0\xbcpwn>", `<svg onload=pwn()>`, `<math><mi xlink:href="javascript:pwn()">`, `<svg><style><img src=x onerror=pwn()></style>`,
}

// positions are templates with a slot where the attacker's text goes, every place of a document.
var positions = []string{
	`<p><t:slot name="x"/></p>`,
	`<p t:render="append"/>`,
	`<title><t:slot name="x"/></title>`,
	`<textarea><t:slot name="x"/></textarea>`,
	`<iframe><t:slot name="x"/></iframe>`,
	`<noscript><t:slot name="x"/></noscript>`,
	`<p title="y"><t:attr name="title"><t:slot name="x"/></t:attr></p>`,
	`<p title="y"><t:attr name="title"><b title="z"><t:attr name="title"><t:slot name="x"/></t:attr><t:slot name="x"/></b></t:attr></p>`,
	`<p class="y"><t:attr name="class">a <t:slot name="x"/> b</t:attr></p>`,
	`<input value="y"><t:attr name="value"><t:slot name="x"/></t:attr></input>`,
	`<a href="y"><t:attr name="href"><t:slot name="x"/></t:attr>go</a>`,
	`<a href="y"><t:attr name="href">/search?q=<t:slot name="x"/></t:attr>go</a>`,
	`<a href="y"><t:attr name="href">java<t:slot name="x"/></t:attr>go</a>`,
	`<a href="y"><t:attr name="href"><t:slot name="x"/>:pwn()</t:attr>go</a>`,
	`<a HREF="y"><t:attr name="HREF"><b><t:slot name="x"/></b></t:attr>go</a>`,
	`<form action="y"><t:attr name="action"><t:slot name="x"/></t:attr><button formaction="y"><t:attr name="formaction"><t:slot name="x"/></t:attr></button></form>`,
	`<img src="y" alt="y"><t:attr name="src"><t:slot name="x"/></t:attr></img>`,
	`<img srcset="y"><t:attr name="srcset"><t:slot name="x"/></t:attr></img>`,
	`<iframe src="y"><t:attr name="src"><t:slot name="x"/></t:attr></iframe>`,
	`<iframe srcdoc="y"><t:attr name="srcdoc"><t:slot name="x"/></t:attr></iframe>`,
	`<object data="y"><t:attr name="data"><t:slot name="x"/></t:attr></object>`,
	`<svg xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="y"><t:attr name="xlink:href"><t:slot name="x"/></t:attr><set attributeName="href" to="y"><t:attr name="to"><t:slot name="x"/></t:attr></set></a></svg>`,
	`<svg><style><t:slot name="x"/></style></svg>`,
	`<svg><script>var a = <t:slot name="x"/>;</script></svg>`,
	`<script>var a = <t:slot name="x"/>;</script>`,
	`<script>var a = "<t:slot name="x"/>";</script>`,
	`<script>var a = '<t:slot name="x"/>';</script>`,
	"<script>var a = `<t:slot name=\"x\"/>`;</script>",
	`<script>var a = /<t:slot name="x"/>/;</script>`,
	`<script>var a = 1; /* <t:slot name="x"/> */</script>`,
	`<script>//<![CDATA[
var a = <t:slot name="x"/>;
//]]></script>`,
	`<script type="application/json"><t:slot name="x"/></script>`,
	`<script type="text/x-template"><t:slot name="x"/></script>`,
	`<style>p { color: <t:slot name="x"/> }</style>`,
	`<style>p { font-family: "<t:slot name="x"/>" }</style>`,
	`<style>p { background: url(<t:slot name="x"/>) }</style>`,
	`<p style="y"><t:attr name="style">color: <t:slot name="x"/></t:attr></p>`,
	`<p style="y"><t:attr name="style">background: url('<t:slot name="x"/>')</t:attr></p>`,
	`<p onclick="y"><t:attr name="onclick">f(<t:slot name="x"/>)</t:attr>go</p>`,
	`<p onclick="y"><t:attr name="onclick">f('<t:slot name="x"/>')</t:attr>go</p>`,
	`<p onclick="y"><t:attr name="onclick">f("<t:slot name="x"/>")</t:attr>go</p>`,
	`<p t:render="comment"/>`, `<textarea t:render="comment"/>`, `<title t:render="comment"/>`, `<p t:render="cdata"/>`, `<textarea t:render="cdata"/>`, `<svg t:render="cdata"/>`,
	`<noscript t:render="comment"/>`, `<table><tr><td><t:slot name="x"/></td></tr></table>`, `<select><option><t:slot name="x"/></option></select>`,
	`<head><meta http-equiv="refresh" content="y"><t:attr name="content">0;url=<t:slot name="x"/></t:attr></meta></head>`,
}

// attack returns the page in which the text is at the position, or an error of ErrUnsafe.
func attack(t testing.TB, position, evil string) (string, error) {
	doc, err := template.XMLString(`<div xmlns:t="` + template.ShortNamespace + `">` + position + `</div>`)
	if err != nil {
		t.Fatalf("%s: %v", position, err)
	}
	e := &template.Element{Loader: doc, Renderers: map[string]template.RenderFunc{
		"append":  func(_ webRequest, tag *tag) node { return tag.Add(evil, []byte(evil), []string{evil}) },
		"comment": func(_ webRequest, tag *tag) node { return tag.Add(template.Comment{Data: evil}) },
		"cdata":   func(_ webRequest, tag *tag) node { return tag.Add(template.CDATA{Data: evil}) },
	}}
	return flatten(t, template.Transparent(e).FillSlots(slots{"x": deferred.Succeed([]node{evil})}))
}

// harmful looks for what the attacker wants in the elements that a parser of HTML finds.
func harmful(page string) string {
	doc, err := html.Parse(strings.NewReader("<!DOCTYPE html>\n" + page))
	if err != nil {
		return err.Error()
	}
	elements := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		elements++
		if n.Data == "pwn" {
			return "an element pwn"
		}
		for _, a := range n.Attr {
			switch key := strings.ToLower(a.Key); {
			case key == "pwn":
				return "an attribute pwn"
			case strings.HasPrefix(key, "on") && key != "onclick":
				return "an event handler " + key
			case key == "href", key == "src", key == "action", key == "formaction", key == "data", key == "to":
				v := strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(strings.TrimLeft(a.Val, "\x00\x01\x02 \t\n\r")))
				if strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "data:") || strings.HasPrefix(v, "vbscript:") {
					return key + "=" + v
				}
			case key == "srcdoc":
				if what := harmful(a.Val); what != "" {
					return "in srcdoc: " + what
				}
			}
		}
	}
	return ""
}

// skeleton is the elements of a page with the names of their attributes.
func skeleton(t testing.TB, page string) string {
	doc, err := html.Parse(strings.NewReader("<!DOCTYPE html>\n" + page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			fmt.Fprintf(&b, "<%s", n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
			b.WriteString(">")
		}
	}
	return b.String()
}

// Whatever text is put wherever, the elements and attributes of the page are those of the template (class 16).
func TestNoTextChangesThePage(t *testing.T) {
	written, refused := 0, 0
	for _, position := range positions {
		plain, err := attack(t, position, "plain")
		if err != nil && !errors.Is(err, template.ErrUnsafe) {
			t.Errorf("%s: %v", position, err)
			continue
		}
		want := skeleton(t, plain)
		for _, evil := range corpus {
			page, err := attack(t, position, evil)
			if err != nil {
				refused++
				if !errors.Is(err, template.ErrUnsafe) {
					t.Errorf("%s with %q: %v", position, evil, err)
				}
				continue
			}
			written++
			if what := harmful(page); what != "" {
				t.Errorf("%s with %q: %s in\n%s", position, evil, what, page)
			}
			if got := skeleton(t, page); got != want {
				t.Errorf("%s with %q: the page is %s\nwant %s\nin %s", position, evil, got, want, page)
			}
		}
	}
	if written < 20*refused {
		t.Errorf("%d were refused, %d written", refused, written)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, evil string) {
		if len(evil) > 500 {
			return
		}
		for _, position := range positions {
			plain, err := attack(t, position, "plain")
			if err != nil {
				continue
			}
			page, err := attack(t, position, evil)
			if err != nil {
				if !errors.Is(err, template.ErrUnsafe) {
					t.Fatalf("%s with %q: %v", position, evil, err)
				}
				continue
			}
			if got, want := skeleton(t, page), skeleton(t, plain); got != want {
				t.Fatalf("%s with %q: the page is %s\nwant %s\nin %s", position, evil, got, want, page)
			}
		}
	})
}

// A browser runs nothing of the attacker's: pwn is never called, when the page is loaded, nor when everything is clicked on.
func TestChromiumRunsNothing(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is missing (Debian: apt-get install chromium)")
	}
	dir := t.TempDir()
	var all strings.Builder
	n := 0
	for _, position := range positions {
		if strings.Contains(position, "http-equiv") {
			continue // it would leave the page
		}
		var pages strings.Builder
		for _, evil := range corpus {
			if page, err := attack(t, position, evil); err == nil {
				pages.WriteString(page)
			}
		}
		n++
		fmt.Fprintf(&all, "frame(%d, %s);\n", n, quoteJS(pages.String()))
	}
	doc := `<!DOCTYPE html><meta charset="utf-8"><body><script>
var called = [], done = 0;
function frame(n, page) {
  var f = document.createElement("iframe");
  document.body.appendChild(f);
  var w = f.contentWindow;
  w.pwn = function() { called.push(n) }; w.f = function() {}; w.onerror = function() { return true };
  w.document.open();
  w.pwn = function() { called.push(n) }; w.f = function() {};
  w.document.write(page);
  w.document.close();
  if (w.document.querySelector("pwn, [pwn]")) called.push("element " + n);
  w.document.querySelectorAll("[onclick]").forEach(function(e) { e.onclick && e.onclick() });
  w.document.querySelectorAll("a").forEach(function(e) { if (/^(javascript|data|vbscript):/.test(e.protocol)) called.push("link " + n) });
  done++;
  if (n != control) f.remove();
}
var control = -1;
frame(-1, "<img src=x onerror=pwn()><p onclick='pwn()'>");
` + strings.ReplaceAll(all.String(), "</", `<\/`) + `
document.body.innerHTML = "<p id=result>" + done + " pages, calls: " + called.join(" ") + "</p>";
</script></body>`
	file := filepath.Join(dir, "attack.html")
	if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file)
	cmd.WaitDelay = 5 * time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("chromium does not run here: %v\n%s", err, errs.String())
	}
	_, result, _ := strings.Cut(string(out), `id="result">`)
	result, _, _ = strings.Cut(result, "</p>")
	if want := fmt.Sprintf("%d pages, calls: -1", n+1); result != want { // the one that is meant to be called: a handler that is clicked on
		t.Errorf("got %q, want %q", result, want)
	}
}

// quoteJS is a string literal of JavaScript.
func quoteJS(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == '<' || r > 126 {
			if r > 0xffff {
				fmt.Fprintf(&b, `\u{%x}`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
