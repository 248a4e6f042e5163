// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"context"
	"errors"
	htmltemplate "html/template"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/webtest"
)

// connect returns a connection to a site that answers with page, and the site's log.
func connect(p template.Page, f func(r *web.Request) node) (*webtest.Conn, *strings.Builder) {
	log := new(strings.Builder)
	site := web.NewSite(p.Resource(f), web.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
	return webtest.Connect(site, webtest.Config{}), log
}

func get(t *testing.T, p template.Page, n node) (*webtest.Response, string) {
	t.Helper()
	c, log := connect(p, func(*web.Request) node { return n })
	res := c.Do(webtest.Request{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := res.Wait(ctx); err != nil || res.Err != nil {
		t.Fatal(err, res.Err)
	}
	return res, log.String()
}

func TestPage(t *testing.T) {
	long := strings.Repeat("x", 30000)
	for _, tt := range []struct {
		name         string
		page         template.Page
		in           node
		body, length string
	}{
		{"short", template.Page{}, template.New("p", "a"), "<!DOCTYPE html>\n<p>a</p>", "24"},
		{"no doctype", template.Page{Doctype: "-"}, "a", "a", "1"},
		{"own doctype", template.Page{Doctype: "<!DOCTYPE x>"}, "a", "<!DOCTYPE x>\na", "14"},
		{"nothing", template.Page{}, nil, "<!DOCTYPE html>\n", "16"},
		{"long", template.Page{Doctype: "-"}, long, long, "30000"},
		{"very long", template.Page{Doctype: "-"}, []string{long, long, long, long}, strings.Repeat(long, 4), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, _ := get(t, tt.page, tt.in)
			if res.Status != 200 || res.Body != tt.body || res.Header.Get("Content-Length") != tt.length || !res.Finished {
				t.Errorf("got %d %v %.80q", res.Status, res.Header, res.Body)
			}
		})
	}
}

func TestSlowPart(t *testing.T) {
	d := deferred.New[string](nil)
	c, _ := connect(template.Page{}, func(*web.Request) node { return template.New("p", "fast ", d, " end") })
	res := c.Do(webtest.Request{})
	if res.Status != 200 || res.Body != "<!DOCTYPE html>\n<p>fast " || res.Finished {
		t.Errorf("at first %d %q", res.Status, res.Body)
	}
	d.Callback("slow")
	c.Settle()
	if !strings.HasSuffix(res.Body, "<p>fast slow end</p>") || !res.Finished {
		t.Errorf("at the end %q", res.Body)
	}
	if again := c.Do(webtest.Request{}); !strings.HasSuffix(again.Body, "<p>fast slow end</p>") || !again.Finished {
		t.Errorf("the next response %q", again.Body)
	}
}

func TestHEAD(t *testing.T) {
	c, _ := connect(template.Page{}, func(*web.Request) node { return []node{"a", deferred.New[string](nil)} })
	if res := c.Do(webtest.Request{Method: "HEAD"}); res.Status != 200 || res.Body != "" || !res.Finished {
		t.Errorf("got %d %q", res.Status, res.Body)
	}
}

// A client that does not read has nothing rendered for it (class 12).
func TestNothingIsRenderedAhead(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		made, stopped := 0, false
		c, _ := connect(template.Page{}, func(*web.Request) node {
			return func(yield func(string) bool) {
				defer func() { stopped = true }()
				for made < 3000 && yield(strings.Repeat("x", 1000)) {
					made++
				}
			}
		})
		c.StopReading()
		c.Do(webtest.Request{})
		before := made
		c.Settle()
		if made != before || made > 400 || stopped {
			t.Errorf("%d KB were rendered for a client that does not read, then %d", before, made-before)
		}
		if leaves {
			c.Lose()
		} else {
			c.StartReading()
			c.Settle()
		}
		if !stopped || (made == 3000) == leaves {
			t.Errorf("client leaves: %v, the iterator has ended: %v, %d KB were rendered", leaves, stopped, made)
		}
	}
}

func TestClientLeaves(t *testing.T) {
	for name, before := range map[string]string{"before the head": "", "in the page": "some"} {
		t.Run(name, func(t *testing.T) {
			cancelled := 0
			c, log := connect(template.Page{}, func(*web.Request) node {
				return []node{before, deferred.NewCancellable(nil, func(*deferred.Deferred[string]) { cancelled++ })}
			})
			c.Do(webtest.Request{})
			c.Lose()
			if cancelled != 1 || log.Len() > 0 {
				t.Errorf("the Deferred was cancelled %d times; log %q", cancelled, log)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	secret := errors.New("a <secret>")
	for _, tt := range []struct {
		name   string
		page   template.Page
		in     node
		status int
		has    []string
		hasNot []string
	}{
		{"before the head", template.Page{}, template.New("p", secret), 500, []string{"An error occurred while rendering"}, []string{"secret", "<p>a"}},
		{"with a status", template.Page{}, template.New("p", &web.StatusError{Status: 404, Detail: "gone"}), 404, []string{"gone"}, nil},
		{"with traceback", template.Page{Tracebacks: true}, template.New("p", secret), 500, []string{"<!DOCTYPE html>\n<div class=\"failure\">", "*errors.errorString", "a &lt;secret&gt;", "Tag &lt;p&gt;"}, []string{"An error occurred"}},
		{"panic with traceback", template.Page{Tracebacks: true}, func(yield func(node) bool) { panic("oops") }, 500, []string{"oops", "page_test.go", "snippetHighlightLine"}, nil},
		{"own report", template.Page{Tracebacks: true, FailureElement: func(err error) node { return template.Pre(err.Error()) }}, secret, 500, []string{"<pre>", "a &lt;secret&gt;"}, nil},
		{"failing report", template.Page{Tracebacks: true, FailureElement: func(err error) node { return err }}, secret, 500, []string{"An error occurred while rendering"}, []string{"secret"}},
		{"in the page", template.Page{}, template.New("body", template.New("a", attr{"title", []node{big, secret}})), 200, []string{`x"></a><div style=`, "An error occurred while rendering"}, []string{"secret"}},
		{"in a script", template.Page{}, []node{big, template.New("script", secret)}, 200, []string{`x<script></script><div style=`}, []string{"secret"}},
		{"in the page with traceback", template.Page{Tracebacks: true}, template.New("p", big, secret), 200, []string{`x</p><div class="failure">`, "a &lt;secret&gt;"}, []string{"An error occurred"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, log := get(t, tt.page, tt.in)
			if res.Status != tt.status || !res.Finished {
				t.Errorf("status %d, finished %v", res.Status, res.Finished)
			}
			body := strings.ReplaceAll(res.Body, strings.Repeat("x", 1000), "")
			for _, s := range tt.has {
				if !strings.Contains(body, s) {
					t.Errorf("no %s in\n%s", s, body)
				}
			}
			for _, s := range tt.hasNot {
				if strings.Contains(body, s) {
					t.Errorf("%s is in\n%s", s, body)
				}
			}
			if logged := strings.Contains(log, "secret") || strings.Contains(log, "oops"); logged != (tt.status != 404) {
				t.Errorf("log: %s", log)
			}
		})
	}
}

// big fills a block, so that the page has begun.
var big = strings.Repeat("x", 70001)

func TestFailureLater(t *testing.T) {
	for _, tt := range []struct {
		name, before string
		status       int
	}{{"before the head", "", 503}, {"in the page", "some", 200}} {
		t.Run(tt.name, func(t *testing.T) {
			d := deferred.New[string](nil)
			c, _ := connect(template.Page{}, func(*web.Request) node { return []node{tt.before, d} })
			res := c.Do(webtest.Request{})
			d.Errback(&web.StatusError{Status: 503, Detail: "busy"})
			c.Settle()
			if res.Status != tt.status || !res.Finished || strings.Contains(res.Body, "busy") != (tt.status == 503) {
				t.Errorf("got %d %q", res.Status, res.Body)
			}
		})
	}
}

func TestExecute(t *testing.T) {
	tmpl := htmltemplate.Must(htmltemplate.New("").Parse(`<i title="{{.A}}">{{range .B}}{{.}},{{end}}</i>`))
	data := map[string]any{"A": `"<`, "B": strings.Split(strings.Repeat("<x> ", 20000), " ")}
	var want strings.Builder
	tmpl.Execute(&want, data)
	in := template.New("div", template.Execute(tmpl, data))
	if got := flat(t, in); got != "<div>"+want.String()+"</div>" {
		t.Errorf("without a request: %.200q", got)
	}
	res, _ := get(t, template.Page{Doctype: "-"}, in)
	if res.Body != "<div>"+want.String()+"</div>" {
		t.Errorf("in a request: %d bytes, %.200q", len(res.Body), res.Body)
	}
	res, log := get(t, template.Page{}, template.Execute(htmltemplate.Must(htmltemplate.New("").Parse(`{{index . 5}}`)), []int{1}))
	if res.Status != 500 || !strings.Contains(log, "index out of range") {
		t.Errorf("an error: %d, %s", res.Status, log)
	}
}

func TestExecuteEndsWithTheClient(t *testing.T) {
	ended := make(chan struct{})
	endless := func(yield func(string) bool) {
		defer close(ended)
		for yield("some text") {
		}
	}
	tmpl := htmltemplate.Must(htmltemplate.New("").Parse(`{{range .}}{{.}}{{end}}`))
	c, _ := connect(template.Page{}, func(*web.Request) node { return []node{"begun", template.Execute(tmpl, endless)} })
	c.StopReading()
	c.Do(webtest.Request{})
	c.Lose()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the template is still executed")
	}
}

func TestFileInRequests(t *testing.T) {
	f := &template.File{Path: "element_test.go", Parse: func(name string, src []byte) (*template.Document, error) {
		return template.Tree(len(src) > 0), nil
	}}
	for range 2 {
		if res, _ := get(t, template.Page{Doctype: "-"}, &template.Element{Loader: f}); res.Body != "true" {
			t.Errorf("got %q", res.Body)
		}
	}
}
