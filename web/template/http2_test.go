// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
	"github.com/torsion-go/torsion/web/webtest"
)

// Over HTTP/2, a page waits for its Deferreds, is longer than a window, and does not hold up the other streams of its connection.
func TestHTTP2(t *testing.T) {
	long := strings.Repeat("<b>0123456789</b>", 10000) // escaped, it is more than the 64 KiB of a window
	later := make(map[string]*deferred.Deferred[string])
	page := template.Page{}.Resource(func(r *web.Request) template.Node {
		if r.Path == "/now" {
			return tags.P("now")
		}
		d := deferred.New[string](r.Loop())
		later[r.Path] = d
		return tags.Body(tags.P(long), d, tags.P("end"))
	})
	c := webtest.Connect(web.NewSite(page, web.Config{Logger: slog.New(slog.DiscardHandler)}), webtest.Config{HTTP2: true})
	first := c.Do(webtest.Request{Target: "/first"})
	second := c.Do(webtest.Request{Target: "/second"})
	if now := c.Do(webtest.Request{Target: "/now"}); !now.Finished || now.Body != "<!DOCTYPE html>\n<p>now</p>" {
		t.Errorf("beside pages that wait: %+v", now)
	}
	for path, res := range map[string]*webtest.Response{"/second": second, "/first": first} {
		if res.Finished {
			t.Fatalf("%s does not wait", path)
		}
		later[path].Callback("<" + path + ">")
		if err := res.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "&lt;" + path + "&gt;<p>end</p></body>"
		if res.Status != 200 || !res.Finished || !strings.HasSuffix(res.Body, want) || strings.Count(res.Body, "&lt;b&gt;") != 10000 {
			t.Errorf("%s: %d, %v, %d bytes: ...%q", path, res.Status, res.Err, len(res.Body), res.Body[max(0, len(res.Body)-60):])
		}
	}
}
