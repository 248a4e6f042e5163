// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type (
	node  = template.Node
	tag   = template.Tag
	attr  = template.Attr
	slots = template.Slots
)

// flat flattens n without a request, which ends at once.
func flat(t testing.TB, n node) string {
	t.Helper()
	s, err := flatten(t, n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func flatten(t testing.TB, n node) (s string, err error) {
	t.Helper()
	fired := false
	template.String(nil, n).Done(func(v string, e error) { s, err, fired = v, e, true })
	if !fired {
		t.Fatal("the flattening waits for something")
	}
	return s, err
}

type text string

type silent struct{}

func (silent) Render(*web.Request) node { return nil }
func (silent) RenderMethod(string) (template.RenderFunc, error) {
	return func(_ *web.Request, t *tag) node { return t.Add("rendered") }, nil
}

func seq[T any](all ...T) iter.Seq[T] { return slices.Values(all) }

func TestNodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   node
		want string
	}{
		{"nothing", nil, ""},
		{"text", `a & <b> "c" 'd'`, `a &amp; &lt;b&gt; "c" 'd'`},
		{"bytes", []byte("<"), "&lt;"},
		{"broken UTF-8", "a\xffb", "a\uFFFDb"},
		{"own text", text("<"), "&lt;"},
		{"numbers", []node{1, -2, uint8(3), 4.5, true}, "1-234.5true"},
		{"slices", []node{"a", []string{"b", "c"}, [2]int{1, 2}, []*tag{tags.B("d")}}, "abc12<b>d</b>"},
		{"tag", tags.P(attr{"class", "x"}, "a", tags.Br(), "b"), `<p class="x">a<br />b</p>`},
		{"empty tag", tags.P(), "<p></p>"},
		{"void tag with content", tags.Br("x"), "<br>x</br>"},
		{"transparent", template.Transparent("a", tags.B("b")), "a<b>b</b>"},
		{"nil tag", (*tag)(nil), ""},
		{"attribute", tags.P(attr{"title", `& < > " '`}), `<p title="&amp; &lt; &gt; &quot; '"></p>`},
		{"attribute set twice", tags.P(attr{"id", "a"}).Set("id", "b"), `<p id="b"></p>`},
		{"attribute of nodes", tags.P(attr{"title", []node{"a", 1, deferred.Succeed("<")}}), `<p title="a1&lt;"></p>`},
		{"tag in an attribute", tags.P(attr{"title", tags.B("a < b")}), `<p title="&lt;b&gt;a &amp;lt; b&lt;/b&gt;"></p>`},
		{"attribute in an attribute", tags.P(attr{"title", tags.B(attr{"id", `"`})}), `<p title="&lt;b id=&quot;&amp;quot;&quot;&gt;&lt;/b&gt;"></p>`},
		{"comment", template.Comment{Data: "a -- b > c -"}, "<!--a - -  b &gt; c - -->"},
		{"CDATA", template.CDATA{Data: "a & b < c"}, "<![CDATA[a & b < c]]>"},
		{"CDATA with an end", template.CDATA{Data: "a]]>b"}, "a]]&gt;b"},
		{"character", template.CharRef(160), "&#160;"},
		{"character in an attribute", tags.P(attr{"title", template.CharRef(160)}), `<p title="&#160;"></p>`},
		{"no character", template.CharRef(0xD800), "&#65533;"},
		{"HTML", template.HTML("<b>&nbsp;"), "<b>&nbsp;"},
		{"HTML in an attribute", tags.P(attr{"title", template.HTML("<b>")}), `<p title="&lt;b&gt;"></p>`},
		{"HTML in a title", tags.Title(template.HTML("<b>&nbsp;")), `<title>&lt;b>&nbsp;</title>`},
		{"JS as text", template.JS("a<b"), "a&lt;b"},
		{"JSON as text", template.JSON{map[string]int{"a": 1}}, `{"a":1}`},
		{"slot", tags.P(&template.Slot{Name: "a"}).FillSlots(slots{"a": tags.B("x")}), "<p><b>x</b></p>"},
		{"slot default", tags.P(&template.Slot{Name: "a", Default: "d"}), "<p>d</p>"},
		{"slot with nothing", tags.P(&template.Slot{Name: "a"}).FillSlots(slots{"a": nil}), "<p></p>"},
		{"innermost slot", tags.P(tags.B(&template.Slot{Name: "a"}).FillSlots(slots{"a": "in"}), &template.Slot{Name: "a"}).FillSlots(slots{"a": "out"}), "<p><b>in</b>out</p>"},
		{"iterator", seq[node]("a", tags.B("b")), "a<b>b</b>"},
		{"iterator of tags", seq(tags.B("a"), tags.I("b")), "<b>a</b><i>b</i>"},
		{"unnamed iterator", func(yield func(string) bool) { _ = yield("<") && yield("b") }, "&lt;b"},
		{"iterator with errors", iter.Seq2[string, error](func(yield func(string, error) bool) { yield("a", nil) }), "a"},
		{"Deferreds", []node{deferred.Succeed("a"), deferred.Succeed(tags.B("b")), deferred.Succeed(deferred.Succeed[node](1))}, "a<b>b</b>1"},
		{"coroutine", template.Coroutine(func(co *deferred.Coroutine) (node, error) {
			return deferred.Await(co, deferred.Succeed("<"))
		}), "&lt;"},
		{"renderable", silent{}, ""},
		{"script", tags.Script(template.JS("if (a < b && c) {}")), "<script>if (a < b && c) {}</script>"},
		{"value in a script", tags.Script(template.JS("var x = "), `</script>"`, template.JS(";")), `<script>var x = "\u003c/script\u003e\"";</script>`},
		{"JSON in a script", tags.Script(template.JS("f("), template.JSON{[]string{"</script>"}}, template.JS(")")), `<script>f(["\u003c/script\u003e"])</script>`},
		{"value in a string of a script", tags.Script(template.JS("var x = '"), `'"</script>`, template.JS("';")), `<script>var x = '\u0027\u0022\u003c\/script\u003e';</script>`},
		{"data in a script", tags.Script(attr{"type", "importmap"}, template.JSON{map[string]string{"a": "b"}}), `<script type="importmap">{"a":"b"}</script>`},
		{"style", tags.Style(template.CSS("ul > li {}")), "<style>ul > li {}</style>"},
		{"event handler", tags.P(attr{"onclick", []node{template.JS("f("), `"'<`, template.JS(")")}}), `<p onclick="f(&#34;\&#34;&#39;\u003c&#34;)"></p>`},
		{"style attribute", tags.P(attr{"style", []node{template.CSS("color: "), "red"}}), `<p style="color: red"></p>`},
		{"bad style", tags.P(attr{"style", []node{template.CSS("color: "), "expression(alert(1))"}}), `<p style="color: ZgotmplZ"></p>`},
		{"URL", tags.A(attr{"href", "http://a/?b=c&d=e"}), `<a href="http://a/?b=c&amp;d=e"></a>`},
		{"relative URL", tags.A(attr{"href", []node{"a", "/b:c"}}), `<a href="a/b:c"></a>`},
		{"script URL", tags.A(attr{"href", "javascript:alert(1)"}), `<a href="#unsafe-url"></a>`},
		{"trusted URL", tags.A(attr{"href", template.URL("javascript:f()")}), `<a href="javascript:f()"></a>`},
		{"srcset", tags.Img(attr{"srcset", "a.png 1x, data:x 2x"}), `<img srcset="#unsafe-url" />`},
		{"good srcset", tags.Img(attr{"srcset", "a.png 1x, http://b/c 2x"}), `<img srcset="a.png 1x, http://b/c 2x" />`},
		{"document", tags.Iframe(attr{"srcdoc", []node{"<", tags.B("&")}}), `<iframe srcdoc="&amp;lt;&lt;b&gt;&amp;amp;&lt;/b&gt;"></iframe>`},
		{"error before the end of an iterator is not met", template.Transparent(), ""},
		{"pre", template.Pre("<a>"), "<pre>&lt;a&gt;</pre>"},
		{"list", template.List("<", tags.B("b")), "<ul><li>&lt;</li><li><b>b</b></li></ul>"},
		{"links", template.Links(template.Link{"/?a&b", "<"}, template.Link{"javascript:x", "y"}), `<ul><li><a href="/?a&amp;b">&lt;</a></li><li><a href="#unsafe-url">y</a></li></ul>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := flat(t, tt.in); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestErrorsOfNodes(t *testing.T) {
	failed := errors.New("failed")
	endless := tags.P()
	endless.Add(endless)
	self := &template.Slot{Name: "a"}
	for _, tt := range []struct {
		name string
		in   node
		want error  // matched by errors.Is
		text string // or in the text
	}{
		{"error", failed, failed, ""},
		{"Deferred", deferred.Fail[int](failed), failed, ""},
		{"coroutine", template.Coroutine(func(*deferred.Coroutine) (node, error) { return nil, failed }), failed, ""},
		{"iterator", iter.Seq2[string, error](func(yield func(string, error) bool) { _ = yield("a", nil) && yield("", failed) }), failed, ""},
		{"panic", iter.Seq[node](func(func(node) bool) { panic("oops") }), nil, "panic: oops"},
		{"slot", &template.Slot{Name: "a"}, nil, `slot "a" is not filled`},
		{"type", struct{}{}, nil, "a struct {} cannot be flattened"},
		{"pointer", new(int), nil, "a *int cannot be flattened"},
		{"map", map[string]int{"a": 1}, nil, "a map[string]int cannot be flattened"},
		{"render method outside of elements", &tag{Name: "p", Render: "x"}, nil, `render method "x" is named outside of any element`},
		{"no loader", &template.Element{}, nil, "*template.Element has no loader"},
		{"recursion", endless, template.ErrTooDeep, ""},
		{"recursive slot", tags.P(self).FillSlots(slots{"a": self}), template.ErrTooDeep, ""},
		{"name of a tag", template.New("p onclick=alert(1)"), template.ErrUnsafe, ""},
		{"name of an attribute", tags.P(attr{"a><script", ""}), template.ErrUnsafe, ""},
		{"end of a script", tags.Script(template.JS("'</Script>'")), template.ErrUnsafe, ""},
		{"end of a style", tags.Style(template.CSS("</style >")), template.ErrUnsafe, ""},
		{"comment in a script", tags.Script(template.Comment{Data: "x"}), template.ErrUnsafe, ""},
		{"unclear script", tags.Script(template.JS("var a = '"), "x"), template.ErrUnsafe, ""},
		{"large script", tags.Script(strings.Repeat("x", 1<<20+1)), template.ErrTooLarge, ""},
		{"JSON", template.JSON{func() {}}, nil, "unsupported type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := flatten(t, tags.Div(tt.in))
			var fe *template.FlattenerError
			if !errors.As(err, &fe) {
				t.Fatalf("got %v", err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || !strings.Contains(err.Error(), "Tag <div>") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTypedErrors(t *testing.T) {
	_, err := flatten(t, &template.Slot{Name: "a"})
	if e, ok := errors.AsType[*template.UnfilledSlotError](err); !ok || e.Name != "a" {
		t.Errorf("got %v", err)
	}
	_, err = flatten(t, 1i)
	if e, ok := errors.AsType[*template.UnsupportedTypeError](err); !ok || e.Value != 1i {
		t.Errorf("got %v", err)
	}
	_, err = flatten(t, &template.Element{})
	if _, ok := errors.AsType[*template.MissingLoaderError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestOrderAcrossDeferreds(t *testing.T) {
	a, b := deferred.New[string](nil), deferred.New[*tag](nil)
	var got string
	blocks := 0
	d := template.Flatten(nil, tags.P("1", a, "2", tags.I(attr{"title", b}), "3"), func(p []byte) error {
		blocks++
		got += string(p)
		return nil
	})
	if got != "<p>1" {
		t.Errorf("at first %q", got)
	}
	b.Callback(tags.B("<"))
	if got != "<p>1" {
		t.Errorf("when the later one has fired %q", got)
	}
	a.Callback("A")
	if want := `<p>1A2<i title="&lt;b&gt;&amp;lt;&lt;/b&gt;"></i>3</p>`; got != want || blocks != 2 || !d.Called() {
		t.Errorf("at the end %q in %d blocks", got, blocks)
	}
	// What has fired can be used again.
	if again := flat(t, a); again != "A" {
		t.Errorf("the second time %q", again)
	}
}

func TestBlocksAreBounded(t *testing.T) {
	var sizes []int
	line := strings.Repeat("x", 1000)
	template.Flatten(nil, func(yield func(string) bool) {
		for range 200 {
			if !yield(line) {
				return
			}
		}
	}, func(p []byte) error {
		sizes = append(sizes, len(p))
		return nil
	})
	if len(sizes) != 4 || sizes[0] < 65536 || sizes[0] > 66536 {
		t.Errorf("blocks of %v", sizes)
	}
}

func TestCancelling(t *testing.T) {
	cancelled, stopped := 0, 0
	slow := deferred.NewCancellable(nil, func(*deferred.Deferred[string]) { cancelled++ })
	d := template.Flatten(nil, tags.P(func(yield func(node) bool) {
		defer func() { stopped++ }()
		yield(slow)
	}), func([]byte) error { return nil })
	d.Cancel()
	var err error
	d.Done(func(_ struct{}, e error) { err = e })
	if !errors.Is(err, deferred.ErrCancelled) || cancelled != 1 || stopped != 1 {
		t.Errorf("got %v; the Deferred was cancelled %d times, the iterator stopped %d times", err, cancelled, stopped)
	}
}

func TestErrorOfWrite(t *testing.T) {
	failed := errors.New("failed")
	stopped := false
	d := template.Flatten(nil, func(yield func(string) bool) {
		defer func() { stopped = true }()
		for yield(strings.Repeat("x", 1000)) {
		}
	}, func([]byte) error { return failed })
	var err error
	d.Done(func(_ struct{}, e error) { err = e })
	if err != failed || !stopped {
		t.Errorf("got %v, stopped: %v", err, stopped)
	}
}

func TestClone(t *testing.T) {
	made := tags.P(attr{"title", tags.I("t")}, "a", []node{tags.B("b")}, &template.Slot{Name: "s", Default: tags.U("u")}).FillSlots(slots{"x": tags.S("s")})
	before := flat(t, made)
	c := made.Clone()
	if got := flat(t, c); got != before {
		t.Errorf("the copy is %s", got)
	}
	c.Attr("title").(*tag).Add("changed")
	c.Children[1].([]node)[0].(*tag).Add("changed")
	c.Children[2].(*template.Slot).Default.(*tag).Clear()
	c.Set("id", "new").FillSlots(slots{"s": "new"}).Clear()
	if got := flat(t, made); got != before {
		t.Errorf("the original has become %s", got)
	}
	if got := flat(t, c); got != `<p title="&lt;i&gt;tchanged&lt;/i&gt;" id="new"></p>` {
		t.Errorf("the copy has become %s", got)
	}
}

type webRequest = *web.Request
