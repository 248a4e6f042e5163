// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// A part of a file of an fs.FS, such as an embed.FS, over a transport in memory.
func ExampleFS() {
	files := static.FS(fstest.MapFS{"motto.txt": {Data: []byte("simple before clever")}}, static.Config{})
	var root web.Tree
	root.PutChild("files", files)

	p, _ := web.NewSite(&root, web.Config{}).BuildProtocol(nil)
	client := protocoltest.NewStringTransport()
	client.Connect(p)
	client.FeedString("GET /files/motto.txt HTTP/1.1\r\nHost: example.com\r\nRange: bytes=0-5\r\n\r\n")
	head, body, _ := strings.Cut(client.Value(), "\r\n\r\n")
	fmt.Println(head[:28], body)
	// Output: HTTP/1.1 206 Partial Content simple
}
