// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

func Example() {
	h := xmlrpc.New(rpc.Methods{
		"add": func(a, b int) int { return a + b },
	}, xmlrpc.Config{})
	res := webtest.Do(h, webtest.Request{
		Method: "POST",
		Header: http.Header{"Content-Type": {"text/xml"}},
		Body: "<methodCall><methodName>add</methodName><params><param><value><int>1</int></value></param>" +
			"<param><value><int>2</int></value></param></params></methodCall>",
	})
	fmt.Print(res.Body)
	// Output:
	// <?xml version="1.0"?>
	// <methodResponse><params><param><value><int>3</int></value></param></params></methodResponse>
}

// exampleProxy returns a Proxy whose server is h, in memory, and their loop. Programs have client.New and a reactor instead.
func exampleProxy(h *xmlrpc.Handler) (*xmlrpc.Proxy, *protocoltest.Clock) {
	loop := protocoltest.NewClock()
	p, err := xmlrpc.NewProxy(webtest.NewAgent(loop, web.NewSite(h, web.Config{}), client.Config{}), "https://calc.example/RPC2", xmlrpc.ProxyConfig{})
	if err != nil {
		log.Fatal(err)
	}
	return p, loop
}

func ExampleProxy() {
	p, loop := exampleProxy(xmlrpc.New(rpc.Methods{
		"divide": func(a, b int) (int, error) {
			if b == 0 {
				return 0, &rpc.Fault{Code: 1, Message: "division by zero"}
			}
			return a / b, nil
		},
	}, xmlrpc.Config{}))

	n, err := webtest.Result(loop, xmlrpc.Call[int](p, "divide", 42, 6)) // the loop runs
	fmt.Println(n, err)
	_, err = webtest.Result(loop, p.Call("divide", 42, 0))
	if f, ok := errors.AsType[*rpc.Fault](err); ok {
		fmt.Println(f.Code, f.Message)
	}
	// Output:
	// 7 <nil>
	// 1 division by zero
}

// Structs are read by their fields' names, or those of the tag json.
func ExampleCall() {
	type city struct {
		Name   string `json:"name"`
		People int    `json:"people"`
	}
	p, loop := exampleProxy(xmlrpc.New(rpc.Methods{
		"cities": func(country string) []city { return []city{{"Vienna", 2_000_000}, {"Graz", 300_000}} },
	}, xmlrpc.Config{}))

	d := deferred.Then(xmlrpc.Call[[]city](p, "cities", "AT"), func(list []city) (int, error) {
		for _, c := range list {
			fmt.Println(c.Name, c.People)
		}
		return len(list), nil
	})
	fmt.Println(webtest.Result(loop, d))
	// Output:
	// Vienna 2000000
	// Graz 300000
	// 2 <nil>
}

// Several calls in one request.
func ExampleProxy_Multicall() {
	p, loop := exampleProxy(xmlrpc.New(rpc.Methods{
		"add": func(a, b int) int { return a + b },
	}, xmlrpc.Config{Introspection: true}))

	results, err := webtest.Result(loop, p.Multicall(
		xmlrpc.MethodCall{Method: "add", Args: []any{1, 2}},
		xmlrpc.MethodCall{Method: "subtract", Args: []any{1, 2}},
	))
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Println(r.Value, r.Err)
	}
	// Output:
	// 3 <nil>
	// <nil> rpc: fault 8001: procedure subtract not found
}
