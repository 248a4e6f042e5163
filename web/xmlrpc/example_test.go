// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"fmt"
	"net/http"

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
