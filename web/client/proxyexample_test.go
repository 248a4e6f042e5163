// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"fmt"
	"net/url"
	"os"

	"github.com/torsion-go/torsion/web/client"
)

func ExampleProxyFromEnvironment() {
	os.Setenv("HTTPS_PROXY", "http://proxy.example:3128")
	os.Setenv("NO_PROXY", "intern.example")
	defer os.Unsetenv("HTTPS_PROXY")
	defer os.Unsetenv("NO_PROXY")

	cfg := client.Config{Proxy: client.ProxyFromEnvironment()}
	for _, host := range []string{"www.example.org", "wiki.intern.example"} {
		proxy, err := cfg.Proxy(&url.URL{Scheme: "https", Host: host})
		fmt.Println(host, proxy, err)
	}
	// Output:
	// www.example.org http://proxy.example:3128 <nil>
	// wiki.intern.example <nil> <nil>
}
