// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// code is the repository that the documents of TestCheck are about.
var code = map[string]string{
	"go.work":              "go 1.26.0\n",
	"core/loop/loop.go":    "package loop\n\nimport \"io\"\n\ntype base[T any] struct{ Size int }\n\nfunc (b *base[T]) Now() {}\n\ntype Loop struct{ base[int] }\n\ntype Consumer interface{ io.Writer }\n\nconst Max = 1\n",
	"core/loop/darwin.go":  "//go:build darwin\n\npackage loop\n\nfunc Mach() {}\n",
	"core/loop/x_test.go":  "package loop\n\nfunc OnlyInTest() {}\n",
	"web/web.go":           "package web\n\nimport \"github.com/torsion-go/torsion/core/loop\"\n\ntype Site = loop.Loop\n\ntype Page struct{ *loop.Loop }\n",
	"web/cmd/main.go":      "package main\n\nfunc main() {}\n",
	"web/docs/other.md":    "",
	"web/testdata/skip.md": "`loop.Nothing`\n",
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       string // the complaint; "" for none
	}{
		{"names", "`loop.Loop`, `*loop.Loop`, `loop.Max`, and ``loop.Consumer``", ""},
		{"name for another system", "`loop.Mach()`", ""},
		{"no such name", "all is well\nand `loop.Nothing`", "web/docs/x.md:2: there is no loop.Nothing"},
		{"name in a test", "`loop.OnlyInTest`", "web/docs/x.md:1: there is no loop.OnlyInTest"},
		{"name without backquotes", "loop.Nothing", ""},
		{"name of the second span", "`a` and `loop.Nothing`", "web/docs/x.md:1: there is no loop.Nothing"},
		{"somebody else's", "`http.Nothing`, `net/loop.Nothing`, `x.loop.Nothing`, `myloop.Nothing`", ""},
		{"method and field by embedding", "`loop.Loop.Now`, `loop.Loop.Size`, `web.Page.Now`, `web.Page.Loop`", ""},
		{"method of an alias", "`web.Site.Now`", ""},
		{"method of the standard library", "`loop.Consumer.Write`", ""},
		{"no such method", "`web.Page.Later(1)`", "web/docs/x.md:1: there is no web.Page.Later"},
		{"no such method of the standard library", "`loop.Consumer.Read`", "web/docs/x.md:1: there is no loop.Consumer.Read"},
		{"member of a constant", "`loop.Max.Now`", "web/docs/x.md:1: there is no loop.Max.Now"},
		{"Python", "| Twisted | Torsion |\n| --- | --- |\n| `loop.A\\|loop.B` | `loop.Loop` |", ""},
		{"beside Python", "| Twisted | Torsion |\n| --- | --- |\n| `loop.A` | `loop.B` |", "web/docs/x.md:3: there is no loop.B"},
		{"another table", "| Twisted |\n| --- |\n\n| Name |\n| --- |\n| `loop.A` |", "web/docs/x.md:6: there is no loop.A"},
		{"links", "[a](other.md) [b](../web.go#L3 \"title\") [c](/core/loop) [d](https://example.org/x) [e](#below) `[f](no.md)`\n\n[g]: other.md", ""},
		{"dead link", "see [a](gone.md)", `web/docs/x.md:1: the link to "gone.md" leads nowhere`},
		{"dead reference", "\n[a]: ../docs/gone.md", `web/docs/x.md:2: the link to "../docs/gone.md" leads nowhere`},
		{"link out of the repository", "[a](../../../etc)", `web/docs/x.md:1: the link to "../../../etc" leads nowhere`},
		{"file", "```go\npackage main\n\nimport \"github.com/torsion-go/torsion/core/loop\"\n\nvar _ loop.Loop\n```", ""},
		{"declarations", "~~~go\ntype t struct{ loop.Loop }\n\nfunc (t) F() {}\n~~~", ""},
		{"statements", "- a list\n\n  ```go\n  l := new(loop.Loop)\n  l.Now() // then\n  ```", ""},
		{"no Go", "\n```go\nthis is not Go\n```", "web/docs/x.md:2: this block does not parse: "},
		{"not closed", "```go\npackage p\n\nfunc f() {\n```", "web/docs/x.md:1: this block does not parse: "},
		{"other blocks", "```python\nloop.Nothing [a](gone.md) `loop.Nothing`\n```\n", ""},
		{"name in a block", "```go\nloop.Nothing()\n```", "web/docs/x.md:1: in this block: there is no loop.Nothing"},
		{"variable in a block", "```go\nloop := f()\nloop.Nothing()\n```", ""},
		{"import in a block", "```go\nimport \"example.org/loop\"\n\nvar _ loop.Nothing\n```", ""},
		{"quotation", "```go\n// core/loop/loop.go\ntype Loop struct{ base[int] }\n```", ""},
		{"wrong quotation", "```go\n// core/loop/loop.go\ntype Loop struct{ base[bool] }\n```", "web/docs/x.md:1: this block is not part of core/loop/loop.go"},
		{"quotation of nothing", "```go\n// core/gone.go\nvar _ int\n```", "web/docs/x.md:1: this block is not part of core/gone.go"},
		{"after a block", "```go\nf()\n```\n`loop.Nothing`", "web/docs/x.md:4: there is no loop.Nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			write := func(name, text string) {
				file := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for name, text := range code {
				write(name, text)
			}
			write("web/docs/x.md", tt.text)
			wrong, err := Check(root)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(wrong, "\n")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) || len(wrong) > 1 {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRoot(t *testing.T) {
	if root, err := Root(t.TempDir()); err == nil {
		t.Errorf("found %s above a temporary folder", root)
	}
}

func TestRepository(t *testing.T) {
	root, err := Root(".")
	if err != nil {
		t.Fatal(err)
	}
	names, err := indexNames(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"protocol.Transport.Write":   true, // by Consumer, which has it from io.Writer
		"reactor.Reactor.ListenTCP":  true, // by *Loop
		"framing.Lines.Pause":        true, // by a generic type
		"protocol.Transport.Nothing": false,
		"reactor.Nothing":            false,
	} {
		if names.has(name) != want {
			t.Errorf("has(%q) = %t", name, !want)
		}
	}
	wrong, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}
