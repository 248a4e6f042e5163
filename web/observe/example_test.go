// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe_test

import (
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/observe"
	"github.com/torsion-go/torsion/web/webtest"
)

func ExampleMetrics() {
	metrics := observe.NewMetrics()
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) { r.WriteString("hello") }))
	root.PutChild("metrics", metrics)
	site := web.NewSite(observe.Identify(&root), web.Config{AccessLog: metrics})
	metrics.AddSite("main", site)

	c := webtest.Connect(site, webtest.Config{})
	c.Do(webtest.Request{})
	for line := range strings.Lines(c.Do(webtest.Request{Target: "/metrics"}).Body) {
		if strings.HasPrefix(line, "http_requests") || strings.HasPrefix(line, "http_connections{") {
			fmt.Print(line)
		}
	}
	// Output:
	// http_requests_total{method="GET",status="2xx"} 1
	// http_connections{site="main"} 1
}
