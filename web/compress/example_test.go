// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
)

// A page, compressed for a client that likes brotli best.
func ExampleNew() {
	page := web.Get(func(r *web.Request) { io.WriteString(r, strings.Repeat("<p>Hello</p>", 500)) })
	var root web.Tree
	root.PutChild("page", page)
	site := web.NewSite(compress.New(&root, compress.Config{}), web.Config{})

	p, _ := site.BuildProtocol(nil)
	client := protocoltest.NewStringTransport()
	client.Connect(p)
	client.FeedString("GET /page HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: gzip;q=0.8, br\r\n\r\n")
	head, body, _ := strings.Cut(client.Value(), "\r\n\r\n")
	fmt.Println(strings.Contains(head, "Content-Encoding: br"), strings.Contains(head, "Vary: Accept-Encoding"), len(body) < 100)
	// Output: true true true
}
