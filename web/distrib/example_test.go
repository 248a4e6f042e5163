// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package distrib_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/distrib"
)

// Here the two sites are in one process; usually each has its own.
func Example() {
	dir, err := os.MkdirTemp("", "distrib")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	p := &distrib.Publisher{
		Path: filepath.Join(dir, "web"),
		Root: web.LeafFunc(func(r *web.Request) {
			user, _ := distrib.User(r)
			fmt.Fprintf(r, "Hello %s at %v", user, r.ClientAddr())
		}),
	}
	app, err := distrib.NewSubscription(distrib.SubscriptionConfig{Address: "unix:" + p.Path, User: func(*web.Request) (string, bool) { return "alice", true }})
	if err != nil {
		panic(err)
	}
	var root web.Tree
	root.PutChild("app", app)
	done := make(chan struct{})
	r.CallWhenRunning(func() {
		p.Listen(r)
		front := &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
		front.Listen(web.NewSite(&root, web.Config{})).Done(func(port endpoint.Port, err error) {
			if err != nil {
				panic(err)
			}
			go func() { // waited for below
				defer close(done)
				defer r.Stop()
				res, err := http.Get("http://" + port.Addr().String() + "/app")
				if err != nil {
					panic(err)
				}
				defer http.DefaultClient.CloseIdleConnections()
				defer res.Body.Close()
				body, _ := io.ReadAll(res.Body)
				fmt.Println(string(body))
			}()
		})
	})
	r.Run(context.Background())
	<-done
	// Output: Hello alice at 127.0.0.1
}
