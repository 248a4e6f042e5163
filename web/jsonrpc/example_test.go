// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc_test

import (
	"fmt"

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
