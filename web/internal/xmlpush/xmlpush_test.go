// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlpush_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/xmlpush"
)

// parse returns the events of the document as lines.
func parse(limits xmlpush.Limits, pieces iter.Seq[[]byte]) string {
	p := xmlpush.Parser{Limits: limits}
	var b strings.Builder
	drain := func() error {
		for {
			ev, ok, err := p.Next()
			if err != nil {
				return err
			}
			if !ok {
				return nil
			}
			fmt.Fprintf(&b, "%d:%d ", ev.Line, ev.Col)
			switch ev.Kind {
			case xmlpush.StartElement:
				fmt.Fprintf(&b, "<%s {%s}", ev.Name, ev.Name.Space)
				for _, a := range ev.Attr {
					fmt.Fprintf(&b, " %s {%s} %q", a.Name, a.Name.Space, a.Value)
				}
			case xmlpush.EndElement:
				fmt.Fprintf(&b, "</%s", ev.Name)
			default:
				fmt.Fprintf(&b, "%d %s%q", ev.Kind, ev.Name, ev.Data)
			}
			b.WriteByte('\n')
		}
	}
	for piece := range pieces {
		p.Feed(piece)
		if err := drain(); err != nil {
			return b.String() + err.Error()
		}
	}
	if err := p.Close(); err != nil {
		return b.String() + err.Error()
	}
	return b.String()
}

func whole(s string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { yield([]byte(s)) }
}

func TestEvents(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"element", "<a/>", "1:1 <a {}\n1:1 </a\n"},
		{"text", "<a>x &amp; y&#65;&#x42;</a>", "1:1 <a {}\n1:4 3 \"x & yAB\"\n1:24 </a\n"},
		{"attributes", "<a b='1' c = \"&lt;\n2\"/>", "1:1 <a {} b {} \"1\" c {} \"< 2\"\n1:1 </a\n"},
		{"namespaces", "<a xmlns='u' xmlns:p='v'><p:b c='' p:c=''/></a>",
			"1:1 <a {u} xmlns {http://www.w3.org/2000/xmlns/} \"u\" xmlns:p {http://www.w3.org/2000/xmlns/} \"v\"\n1:26 <p:b {v} c {} \"\" p:c {v} \"\"\n1:26 </p:b\n1:44 </a\n"},
		{"everything", "\ufeff<?xml version='1.0' encoding='utf-8'?>\r\n<!DOCTYPE a>\n<!-- c -->\n<a><![CDATA[<]]><?p i?>\r\n\r</a>\n",
			"1:1 6 xml\"version='1.0' encoding='utf-8'\"\n2:1 7 \" a\"\n3:1 5 \" c \"\n4:1 <a {}\n4:4 4 \"<\"\n4:17 6 p\"i\"\n4:24 3 \"\\n\\n\"\n5:2 </a\n"},
		{"quoted >", "<a b='>'>]]</a>", "1:1 <a {} b {} \">\"\n1:10 3 \"]]\"\n1:12 </a\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(xmlpush.Limits{}, whole(tt.in)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string { return parse(xmlpush.Limits{}, pieces) })
		})
	}
}

// What is not well-formed is refused, external and internal entities among it (class 56).
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "1:1: no element"},
		{"<a>", "1:4: the input ends inside <a>"},
		{"<a></b>", "1:4: </b> where </a> belongs"},
		{"</a>", "1:1: </a> without a beginning"},
		{"<a/><b/>", "1:5: a second root element"},
		{"<a/>x<b/>", "1:5: text outside of the root element"},
		{"<a", "1:1: the input ends inside markup"},
		{"<a b=1/>", "1:1: malformed attribute"},
		{"<a b/>", "1:1: malformed attribute"},
		{"<a b='1'c='2'/>", "1:1: malformed attribute"},
		{"<a b='<'/>", "1:1: malformed value of attribute b"},
		{"<a b='1' b='2'/>", "1:1: attribute b stands twice"},
		{"<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "1:1: attribute q:b stands twice"},
		{"<p:a/>", "1:1: undeclared prefix p"},
		{"<a xmlns:p=''/>", "1:1: malformed declaration of a namespace"},
		{"<a xmlns:xml='u'/>", "1:1: malformed declaration of a namespace"},
		{"<a:b:c xmlns:a='u'/>", "1:1: malformed name a:b:c"},
		{"<a>&nbsp;</a>", "1:4: undefined entity or malformed reference"},
		{"<a>& b</a>", "1:4: undefined entity or malformed reference"},
		{"<a>&#0;</a>", "1:4: undefined entity or malformed reference"},
		{"<a>&#x-1;</a>", "1:4: undefined entity or malformed reference"},
		{"<a>]]></a>", "1:4: ]]> in text"},
		{"<a><!-- -- --></a>", "1:4: -- in a comment"},
		{"<a>\x01</a>", "1:4: a byte that is no character of XML in UTF-8"},
		{"<a>\xff</a>", "1:4: a byte that is no character of XML in UTF-8"},
		{"<?xml version='1.0' encoding='latin1'?><a/>", "1:1: the encoding is not UTF-8"},
		{"\n<?xml version='1.0'?><a/>", "2:1: the XML declaration is not at the beginning"},
		{"<1/>", "1:1: malformed tag"},
		{"<a <b/>", "1:1: < in a tag"},
		{`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, "1:1: declarations in the document type are not supported"},
		{"<!DOCTYPE <><a/>", "1:1: < in the document type"},
		{`<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>&x;</a>`, "1:44: undefined entity or malformed reference"},
		{strings.Repeat("<a>", 5), "1:13: elements are nested too deeply"},
		{"<a b='" + strings.Repeat("x", 200) + "'/>", "1:1: markup is too long"},
		{"<!--" + strings.Repeat("x", 200) + "--><a/>", "1:1: markup is too long"},
		{"<a a='' b='' c='' d='' e=''/>", "1:1: too many attributes"},
		{"<a>&" + strings.Repeat("x", 200), "1:4: a reference is too long"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			limits := xmlpush.Limits{Depth: 4, Attrs: 4, Token: 100}
			got := parse(limits, whole(tt.in))
			if !strings.HasSuffix(got, "xmlpush: "+tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLongTextComesInPieces(t *testing.T) {
	in := "<a>" + strings.Repeat("\u20ac&amp;]]\r\n", 50) + strings.Repeat("]", 80) + "</a>"
	limits := xmlpush.Limits{Token: 32}
	protocoltest.Splits(t, []byte(in), func(pieces iter.Seq[[]byte]) string { return parse(limits, pieces) })
	var p xmlpush.Parser
	p.Limits = limits
	p.Feed([]byte(in))
	var text string
	for {
		ev, ok, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if len(ev.Data) > 32 {
			t.Errorf("a piece has %d bytes", len(ev.Data))
		}
		text += ev.Data
	}
	if want := strings.Repeat("\u20ac&]]\n", 50) + strings.Repeat("]", 80); text != want {
		t.Errorf("got %q", text)
	}
}

func FuzzParser(f *testing.F) {
	for _, s := range []string{"<a/>", "<a b='c'>&amp;<![CDATA[x]]><!-- --></a>", "<?xml version='1.0'?><!DOCTYPE a><p:a xmlns:p='u'>\r\n</p:a>", "<a>]]</a>"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, at int) {
		limits := xmlpush.Limits{Depth: 8, Attrs: 8, Token: 64}
		all := parse(limits, whole(string(in)))
		split := parse(limits, func(yield func([]byte) bool) {
			n := min(max(at, 0), len(in))
			if yield(in[:n]) {
				yield(in[n:])
			}
		})
		if all != split {
			t.Fatalf("cut at %d:\n%s\nwhole:\n%s", at, split, all)
		}
		if strings.Contains(all, "xmlpush: ") {
			return
		}
		// What we take for well-formed, encoding/xml does too.
		d := xml.NewDecoder(strings.NewReader(string(in)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				if strings.Contains(err.Error(), "invalid XML name") { // it knows the names of XML 1.0's fourth edition only
					return
				}
				if strings.Contains(err.Error(), "xml declaration") || strings.Contains(err.Error(), "version") || strings.Contains(err.Error(), "encoding") || strings.Contains(err.Error(), "DOCTYPE") {
					return
				}
				t.Fatalf("%q: %v", in, err)
			}
		}
	})
}
