// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web/cookiejar"
)

func Example() {
	jar := cookiejar.New(cookiejar.Config{})
	shop := &url.URL{Scheme: "https", Host: "shop.example.com", Path: "/cart/add"}
	jar.Receive(shop, slices.Values([]string{
		"session=31d4d96e; Path=/; Secure; HttpOnly",
		"lang=en; Domain=example.com; Path=/",
		"item=7",
		"evil=1; Domain=com",
	}))
	fmt.Println(jar.Header(shop))
	fmt.Println(jar.Header(&url.URL{Scheme: "http", Host: "www.example.com", Path: "/"}))
	// Output:
	// item=7; session=31d4d96e; lang=en
	// lang=en
}

func ExampleJar_ReadFrom() {
	jar := cookiejar.New(cookiejar.Config{})
	if _, err := jar.ReadFrom(strings.NewReader("# Netscape HTTP Cookie File\n.example.com\tTRUE\t/\tFALSE\t0\tlang\ten\n")); err != nil {
		fmt.Println(err)
	}
	for c := range jar.All() {
		fmt.Println(c.Domain, c.HostOnly, c.Path, c.Name, c.Value)
	}
	// Output:
	// example.com false / lang en
}
