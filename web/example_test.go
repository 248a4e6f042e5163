// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// counter numbers its requests. With one loop it needs no lock.
type counter struct{ requests int }

func (c *counter) Render(r *web.Request) {
	c.requests++
	r.ResponseHeader().Set("Content-Type", "text/plain")
	fmt.Fprintf(r, "I am request #%d\n", c.requests)
}

// A resource that counts its requests, over a transport in memory. In a program the site would be given to an endpoint:
//
//	endpoint.ListenString(r, "tcp:8080", site)
func Example() {
	site := web.NewSite(&counter{}, web.Config{})

	p, _ := site.BuildProtocol(nil)
	client := protocoltest.NewStringTransport()
	client.Connect(p)
	client.FeedString("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
	client.FeedString("GET /again HTTP/1.1\r\nHost: example.com\r\n\r\n")
	for response := range strings.SplitSeq(client.Value(), "HTTP/1.1 ") {
		if head, body, ok := strings.Cut(response, "\r\n\r\n"); ok {
			fmt.Printf("%s: %s", head[:6], body)
		}
	}
	// Output:
	// 200 OK: I am request #1
	// 200 OK: I am request #2
}

// A connection that becomes something else: here what the client sends comes back, in capitals.
func ExampleRequest_Upgrade() {
	site := web.NewSite(web.Get(func(r *web.Request) {
		if err := r.Upgrade(&capitals{}); err != nil {
			r.Error(426, "This is for clients of the protocol capitals.")
		}
	}), web.Config{})

	p, _ := site.BuildProtocol(nil)
	client := protocoltest.NewStringTransport()
	client.Connect(p)
	client.FeedString("GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: capitals\r\n\r\nhello")
	client.FeedString(", world")
	head, rest, _ := strings.Cut(client.Value(), "\r\n\r\n")
	fmt.Println(head[:32])
	fmt.Println(rest)
	// Output:
	// HTTP/1.1 101 Switching Protocols
	// HELLO, WORLD
}

type capitals struct{ protocol.Base }

func (*capitals) DataReceived(t protocol.Transport, p []byte) { t.Write(bytes.ToUpper(p)) }

// A tree of resources with methods, the rest of the path, and a body that is read.
func ExampleTree() {
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) { fmt.Fprint(r, "home") }))
	root.PutChild("notes", web.Methods{
		"GET":  func(r *web.Request) { fmt.Fprint(r, "no notes") },
		"POST": func(r *web.Request) { r.ReadBody(func(b []byte, err error) { fmt.Fprintf(r, "noted %q", b) }) },
	})
	root.PutChild("users", web.LeafFunc(func(r *web.Request) { fmt.Fprintf(r, "users %q", r.PostPath) }))

	p, _ := web.NewSite(&root, web.Config{}).BuildProtocol(nil)
	client := protocoltest.NewStringTransport()
	client.Connect(p)
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"POST /notes HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\nhi",
		"GET /users/7/edit HTTP/1.1\r\nHost: example.com\r\n\r\n",
	} {
		client.FeedString(request)
		_, body, _ := strings.Cut(client.Take(), "\r\n\r\n")
		fmt.Println(body)
	}
	// Output:
	// home
	// noted "hi"
	// users ["7" "edit"]
}
