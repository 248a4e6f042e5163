// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc_test

import (
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/jsonrpc"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

// A notebook has methods of its own.
type notebook struct{ notes []string }

func (n *notebook) Add(text string) int { n.notes = append(n.notes, text); return len(n.notes) - 1 }

func (n *notebook) Get(i int) (string, error) {
	if i < 0 || i >= len(n.notes) {
		return "", &rpc.Fault{Code: 404, Message: "no such note"}
	}
	return n.notes[i], nil
}

// One table of methods for XML-RPC and JSON-RPC.
func Example() {
	notes := &notebook{}
	table := rpc.Methods{
		"add":    rpc.Method{Func: func(a, b int) int { return a + b }, Help: "Adds two integers."},
		"client": func(r *web.Request) string { return r.ClientAddr().String() },
		"slow": func(r *web.Request, n int) *deferred.Deferred[int] {
			return deferred.SucceedOn(r.Loop(), n*n) // or what deferred.ToThread returns
		},
		"notes": rpc.Methods{"add": notes.Add, "get": notes.Get},
	}
	var root web.Tree
	root.PutChild("RPC2", xmlrpc.New(table, xmlrpc.Config{Introspection: true}))
	root.PutChild("jsonrpc", jsonrpc.New(table, jsonrpc.Config{}))

	call := func(body string) {
		req := webtest.Request{Method: "POST", Target: "/jsonrpc", Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
		fmt.Print(webtest.Do(&root, req).Body)
	}
	call(`{"jsonrpc": "2.0", "id": 1, "method": "notes.add", "params": ["milk"]}`)
	call(`{"jsonrpc": "2.0", "id": 2, "method": "notes.get", "params": [0]}`)
	call(`{"jsonrpc": "2.0", "id": 3, "method": "notes.get", "params": [7]}`)
	call(`{"jsonrpc": "2.0", "id": 4, "method": "slow", "params": [12]}`)
	// Output:
	// {"jsonrpc":"2.0","result":0,"id":1}
	// {"jsonrpc":"2.0","result":"milk","id":2}
	// {"jsonrpc":"2.0","error":{"code":404,"message":"no such note"},"id":3}
	// {"jsonrpc":"2.0","result":144,"id":4}
}
