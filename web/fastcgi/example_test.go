// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fastcgi_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/fastcgi"
)

// The scripts of a directory, run by php-fpm.
func ExampleNew() {
	php, err := fastcgi.New("unix:/run/php/php-fpm.sock", fastcgi.Config{Root: "/srv/www"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var root web.Tree
	root.PutChild("blog", php)
	fmt.Println(root.Names(), php.Stats().Requests)
	// Output: [blog] 0
}
