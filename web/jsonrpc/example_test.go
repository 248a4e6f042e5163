// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/jsonrpc"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
)

func Example() {
	h := jsonrpc.New(rpc.Methods{
		"add": func(a, b int) int { return a + b },
	}, jsonrpc.Config{})
	res := webtest.Do(h, webtest.Request{Method: "POST", Header: asJSON, Body: `{"jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": 1}`})
	fmt.Print(res.Body)
	// Output: {"jsonrpc":"2.0","result":3,"id":1}
}

// exampleClient returns a Client whose server is h, in memory, and their loop. Programs have client.New and a reactor instead.
func exampleClient(h *jsonrpc.Handler) (*jsonrpc.Client, *protocoltest.Clock) {
	loop := protocoltest.NewClock()
	c, err := jsonrpc.NewClient(webtest.NewAgent(loop, web.NewSite(h, web.Config{}), client.Config{}), "https://calc.example/rpc", jsonrpc.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	return c, loop
}

func ExampleClient() {
	c, loop := exampleClient(jsonrpc.New(rpc.Methods{
		"divide": func(a, b int) (int, error) {
			if b == 0 {
				return 0, &rpc.Fault{Code: 1, Message: "division by zero"}
			}
			return a / b, nil
		},
	}, jsonrpc.Config{}))

	n, err := webtest.Result(loop, jsonrpc.Call[int](c, "divide", []int{42, 6})) // the loop runs
	fmt.Println(n, err)
	_, err = webtest.Result(loop, c.Call("divide", []int{42, 0}))
	if f, ok := errors.AsType[*rpc.Fault](err); ok {
		fmt.Println(f.Code, f.Message)
	}
	// Output:
	// 7 <nil>
	// 1 division by zero
}

// Several calls in one request. Of a notification nothing comes back.
func ExampleClient_Batch() {
	c, loop := exampleClient(jsonrpc.New(rpc.Methods{
		"add":  func(a, b int) int { return a + b },
		"note": func(text string) { fmt.Println("noted:", text) },
	}, jsonrpc.Config{}))

	results, err := webtest.Result(loop, c.Batch(
		jsonrpc.BatchCall{Method: "add", Params: []int{1, 2}},
		jsonrpc.BatchCall{Method: "note", Params: []string{"hello"}, Notify: true},
		jsonrpc.BatchCall{Method: "subtract", Params: []int{1, 2}},
	))
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Printf("%s %v\n", r.Value, r.Err)
	}
	// Output:
	// noted: hello
	// 3 <nil>
	//  <nil>
	//  rpc: fault -32601: method not found
}
